// What the map is told to show: computed from the stores, drawn by the layers. Pure.

import { calls, RANK, byUrgency, type Alert } from '../store/alerts';
import type { AssetStore } from '../store/assets';
import type { Severity } from '../live/wire';
import type { Point } from './geometry';
import type { Area, Plane, Schematic } from './schematic';

export interface Mark {
  alert: Alert;
  place: Point;
}

export interface AreaState {
  worst: Severity;
  count: number;
}

export interface Scene {
  schematic: Schematic;
  plane: Plane;
  assets: AssetStore;
  marks: Mark[];
  areas: Map<string, AreaState>;
  /** Areas most of whose assets are not live. */
  blind: Set<string>;
  /** Alerts of the whole city or of a place the map does not know. */
  placeless: number;
  hiddenDomains: ReadonlySet<string>;
  selected: string | null;
  lang: 'vi' | 'en';
  /** Pixels of the smallest text that can be read from the farthest seat. */
  unit: number;
  still: boolean;
}

export function marksOf(alerts: Iterable<Alert>, assets: AssetStore, areas: Map<string, Area>, plane: Plane): {
  marks: Mark[];
  placeless: number;
} {
  const marks: Mark[] = [];
  let placeless = 0;
  for (const alert of [...alerts].filter(calls).sort(byUrgency)) {
    const place = placeOf(alert, assets, areas, plane);
    if (place === null) placeless += 1;
    else marks.push({ alert, place });
  }
  return { marks, placeless };
}

export function placeOf(
  alert: Alert,
  assets: AssetStore,
  areas: Map<string, Area>,
  plane: Plane,
): Point | null {
  const asset = assets.get(alert.key['asset'] ?? '');
  if (asset !== undefined && asset.lat !== null && asset.lon !== null) return plane.point(asset.lat, asset.lon);
  const area = areas.get(alert.area ?? alert.key['area'] ?? '');
  return area === undefined ? null : plane.point(area.lat, area.lon);
}

/** The worst open alert of each area. */
export function areaStates(alerts: Iterable<Alert>): Map<string, AreaState> {
  const states = new Map<string, AreaState>();
  for (const alert of alerts) {
    if (alert.area === null || !calls(alert)) continue;
    const state = states.get(alert.area);
    if (state === undefined) states.set(alert.area, { worst: alert.severity, count: 1 });
    else {
      state.count += 1;
      if (RANK[alert.severity] > RANK[state.worst]) state.worst = alert.severity;
    }
  }
  return states;
}

export function blindAreas(assets: AssetStore): Set<string> {
  const tally = new Map<string, { all: number; live: number }>();
  for (const asset of assets.all()) {
    if (asset.area === null) continue;
    const entry = tally.get(asset.area) ?? { all: 0, live: 0 };
    entry.all += 1;
    if (asset.freshness === 'live') entry.live += 1;
    tally.set(asset.area, entry);
  }
  return new Set([...tally].filter(([, { all, live }]) => live * 2 < all).map(([code]) => code));
}

export interface Cluster {
  x: number;
  y: number;
  worst: Alert;
  count: number;
  unacknowledged: boolean;
  ids: string[];
}

/** Marks closer than `reach` pixels become one, led by the most urgent. The marks come most urgent first. */
export function cluster(marks: Mark[], toPixels: (place: Point) => Point, reach: number): Cluster[] {
  const clusters: Cluster[] = [];
  for (const { alert, place } of marks) {
    const [x, y] = toPixels(place);
    const near = clusters.find((c) => Math.hypot(c.x - x, c.y - y) < reach);
    if (near === undefined)
      clusters.push({ x, y, worst: alert, count: 1, unacknowledged: alert.ack === null, ids: [alert.id] });
    else {
      near.count += 1;
      near.unacknowledged ||= alert.ack === null;
      near.ids.push(alert.id);
    }
  }
  return clusters;
}
