// The mock's registry: areas from the shared province list, assets strewn around their seats.

import { readFileSync } from 'node:fs';
import type { AssetWire, Value } from '../src/live/wire';
import type { Area } from '../src/map/schematic';
import { KINDS } from './catalog';
import { Random } from './random';

/** Times the assets of the little city: `SCALE=35` is about 50,000. */
const SCALE = Number(process.env['SCALE'] ?? 1);

export function areas(): Area[] {
  const text = readFileSync(new URL('./areas.csv', import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [code = '', parent = '', level = '', vi = '', en = '', lat = '', lon = ''] = line.split(',');
      return { code, parent: parent === '' ? null : parent, level, name: { vi, en }, lat: Number(lat), lon: Number(lon) };
    });
}

export function assets(random: Random): AssetWire[] {
  const communes = areas().filter((area) => area.level === 'commune');
  // The old city and its towns hold most of everything.
  const weighted = communes.flatMap((area) => Array<Area>(['164', '165', '172'].includes(area.parent ?? '') ? 4 : 1).fill(area));
  const made: AssetWire[] = [];
  for (const kind of KINDS)
    for (let i = 1; i <= kind.count * SCALE; i += 1) {
      const area = random.pick(weighted);
      const id = `${kind.name.replace('/', '-')}-${String(i).padStart(4, '0')}`;
      made.push({
        n: made.length + 1,
        id,
        kind: kind.name,
        name: `${kind.assetName} ${area.name.vi.replace(/^(Phường|Xã) /, '')} ${i}`,
        area: area.code,
        lat: area.lat + random.bell() * 0.012,
        lon: area.lon + random.bell() * 0.014,
        freshness: 'live',
        at: null,
        lifecycle: 'in_service',
        uplink: uplinkOf(kind.name, i),
        v: {},
      });
    }
  return made;
}

/** Access points, cameras and queues hang on network nodes, those on fibre links. */
function uplinkOf(kind: string, i: number): string | null {
  if (['wifi/ap', 'cctv/cam', 'queue/line'].includes(kind)) return `net-node-${String((i % 110) + 1).padStart(4, '0')}`;
  return kind === 'net/node' ? `trans-link-${String((i % 220) + 1).padStart(4, '0')}` : null;
}

export function usualValues(kindName: string, random: Random): Record<string, Value> {
  const kind = KINDS.find((k) => k.name === kindName);
  const values: Record<string, Value> = {};
  for (const field of kind?.fields ?? [])
    values[field.name] =
      typeof field.usual === 'number' ? wandered(field.usual, field.wander ?? 0, field.range, random) : field.usual;
  return values;
}

function wandered(usual: number, wander: number, range: [number, number] | undefined, random: Random): number {
  const [low, high] = range ?? [-Infinity, Infinity];
  return Number(Math.min(high, Math.max(low, usual + random.bell() * wander)).toFixed(2));
}
