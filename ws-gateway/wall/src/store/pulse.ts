// What each kind as a whole did since the page was opened: its median and its highest, taken every few seconds. Pure but
// for the trails it writes to.

import type { AssetStore } from './assets';
import type { Kind } from './city';
import { headline } from './headline';
import type { Trails } from './trails';

export const PULSE_MS = 5_000;

/** Where the median and the highest of a kind's field are kept among the trails. */
export function kindSeries(kind: string, field: string): [[string, string], [string, string]] {
  return [[`kind ${kind}`, field], [`kind ${kind}`, `${field} most`]];
}

/** One step of every kind; a kind of which nothing is heard has a gap. */
export function takePulse(kinds: Iterable<Kind>, assets: AssetStore, trails: Trails, now: number): void {
  for (const kind of kinds) {
    const figure = headline(kind, assets, null);
    if (figure.field?.type !== 'number') continue;
    const [median, most] = kindSeries(kind.name, figure.field.name);
    trails.add(...median, now, figure.type === 'number' ? figure.median : null);
    trails.add(...most, now, figure.type === 'number' ? figure.most : null);
  }
}
