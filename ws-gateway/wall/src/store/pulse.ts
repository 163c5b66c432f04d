// What each kind as a whole did since the page was opened: its median, taken every few seconds. Pure but
// for the trails it writes to.

import type { AssetStore } from './assets';
import type { Kind } from './city';
import { headline } from './headline';
import type { ScreenSpec } from './screens';
import type { Trails } from './trails';

export const PULSE_MS = 5_000;

/** A figure of a kind that some tile shows. */
export interface Watched {
  kind: Kind;
  /** Null: the one that speaks for the kind. */
  field: string | null;
}

/** Where the median of a kind's field is kept among the trails. */
export function kindSeries(kind: string, field: string): [string, string] {
  return [`kind ${kind}`, field];
}

/** Every tile's figure once, whichever screen it is on: a screen that is turned to has its course at once. */
export function watchedBy(screens: ScreenSpec[], kinds: ReadonlyMap<string, Kind>): Watched[] {
  const found = new Map<string, Watched>();
  for (const { panels } of screens)
    for (const { panel, kinds: names, field } of panels)
      for (const kind of panel === 'kind' ? names.map((name) => kinds.get(name)) : [])
        if (kind !== undefined) found.set(`${kind.name} ${field}`, { kind, field });
  return [...found.values()];
}

/** One step of every figure; one of which nothing is heard has a gap. */
export function takePulse(watched: Watched[], assets: AssetStore, trails: Trails, now: number): void {
  for (const { kind, field } of watched) {
    const figure = headline(kind, assets, field);
    if (figure.field?.type !== 'number') continue;
    trails.add(...kindSeries(kind.name, figure.field.name), now, figure.type === 'number' ? figure.median : null);
  }
}
