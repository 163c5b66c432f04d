// Where an alert is and which assets it is about. One of an asset or an area is looked up in what the wall holds; what a
// site, a ring or any other group means on the ground only the server's registry knows: asked once a group, kept for the
// alerts that come again.

import type { Area } from '../map/schematic';
import type { Alert } from './alerts';
import type { AssetStore } from './assets';
import { list, number, record, text } from './json';

export interface AlertPlace {
  lat: number;
  lon: number;
  /** The area it lies in, where there is one. */
  area: string | null;
}

interface Group {
  place: AlertPlace | null;
  members: string[];
  count: number;
}

/** Groups kept: more than a city raises in a flood. */
const MOST_GROUPS = 500;
const AREA_DIMENSIONS = ['area', 'commune', 'district'];
/** Asked again after a failure at the earliest. */
const RETRY_MS = 30_000;

export class Places {
  private readonly groups = new Map<string, Group>();
  private readonly asked = new Map<string, number>();

  constructor(
    private readonly assets: AssetStore,
    private readonly areas: ReadonlyMap<string, Area>,
    private readonly get: (path: string) => Promise<unknown>,
    private readonly changed: () => void,
  ) {}

  /** Null when it is of the whole city, or while the answer is on its way. */
  of(alert: Alert): AlertPlace | null {
    const asset = this.assets.get(alert.key['asset'] ?? '');
    if (asset !== undefined && asset.lat !== null && asset.lon !== null) return { lat: asset.lat, lon: asset.lon, area: asset.area };
    const code = alert.area ?? AREA_DIMENSIONS.map((name) => alert.key[name]).find((value) => value !== undefined);
    const area = this.areas.get(code ?? '');
    if (area !== undefined) return { lat: area.lat, lon: area.lon, area: area.code };
    return isGroup(alert) ? (this.group(alert)?.place ?? null) : null;
  }

  /** The assets of a group; none of an alert of one asset. */
  members(alert: Alert): { ids: string[]; count: number } {
    const group = alert.key['asset'] === undefined && Object.keys(alert.key).length > 0 ? this.group(alert) : undefined;
    return { ids: group?.members ?? [], count: group?.count ?? 0 };
  }

  private group(alert: Alert): Group | undefined {
    const name = `${alert.kind ?? ''} ${JSON.stringify(alert.key)}`;
    const known = this.groups.get(name);
    if (known === undefined) void this.ask(name, alert.id);
    return known;
  }

  private async ask(name: string, id: string): Promise<void> {
    if (performance.now() < (this.asked.get(name) ?? -Infinity)) return;
    this.asked.set(name, Infinity);
    try {
      const answer = record(await this.get(`api/v1/alerts/${id}/assets`));
      this.groups.set(name, this.read(answer));
      this.asked.delete(name);
      for (const oldest of this.groups.keys()) {
        if (this.groups.size <= MOST_GROUPS) break;
        this.groups.delete(oldest);
      }
      this.changed();
    } catch (error) {
      console.warn('the assets of an alert are not known', error);
      this.asked.set(name, performance.now() + RETRY_MS);
    }
  }

  private read(answer: Record<string, unknown>): Group {
    const [lat, lon, area] = [number(answer['lat']), number(answer['lon']), text(answer['area'])];
    const members = list(answer['assets'], 'assets').filter((member): member is string => typeof member === 'string');
    // The middle of a whole province is no place.
    const everywhere = area === null || this.areas.get(area)?.parent === null;
    const place = lat === null || lon === null || everywhere ? null : { lat, lon, area };
    return { place, members, count: number(answer['count']) ?? members.length };
  }
}

/** Keyed by something that is neither an asset nor an area. */
function isGroup(alert: Alert): boolean {
  const names = Object.keys(alert.key);
  return names.length > 0 && !names.includes('asset') && !names.includes('province');
}
