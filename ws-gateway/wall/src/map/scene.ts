// What the map is told to show: computed from the stores, drawn by the layers. Pure.

import { calls, RANK, byUrgency, type Alert } from '../store/alerts';
import type { AssetStore } from '../store/assets';
import type { AlertPlace } from '../store/places';
import type { Severity } from '../live/wire';
import type { Point } from './geometry';
import type { Plane, Schematic } from './schematic';

/** Where an alert is; null of one of the whole city. */
export type PlaceOf = (alert: Alert) => AlertPlace | null;

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

export function marksOf(alerts: Iterable<Alert>, placeOf: PlaceOf, plane: Plane): { marks: Mark[]; placeless: number } {
  const marks: Mark[] = [];
  let placeless = 0;
  for (const alert of [...alerts].filter(calls).sort(byUrgency)) {
    const place = placeOf(alert);
    if (place === null) placeless += 1;
    else marks.push({ alert, place: plane.point(place.lat, place.lon) });
  }
  return { marks, placeless };
}

/** The worst open alert of each area. */
export function areaStates(alerts: Iterable<Alert>, placeOf: PlaceOf): Map<string, AreaState> {
  const states = new Map<string, AreaState>();
  for (const alert of alerts) {
    const area = calls(alert) ? (placeOf(alert)?.area ?? null) : null;
    if (area === null) continue;
    const state = states.get(area);
    if (state === undefined) states.set(area, { worst: alert.severity, count: 1 });
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
