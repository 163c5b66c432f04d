// One figure a kind for its tile: what a glance from across the room should tell. Pure.

import type { Field, Kind } from './city';
import type { Asset, AssetStore } from './assets';

export type Headline =
  | { type: 'number'; field: Field; median: number; least: number; most: number; known: number }
  | { type: 'words'; field: Field; counts: [string, number][]; known: number }
  | { type: 'unknown'; field: Field | null };

/** Of the field named, else of the one that speaks for the kind. Only live values count: the last word of a silent asset is no figure of now. */
export function headline(kind: Kind, assets: AssetStore, named: string | null): Headline {
  return figure(kind, assets, named, (asset) => asset.freshness === 'live');
}

/** What a tile shows: while nothing of the kind is live, what was known last, for who draws it as old to draw. */
export function lastHeadline(kind: Kind, assets: AssetStore, named: string | null): Headline {
  const live = assets.tally(kind.name).counts.live > 0;
  return live ? headline(kind, assets, named) : figure(kind, assets, named, () => true);
}

function figure(kind: Kind, assets: AssetStore, named: string | null, counts: (asset: Asset) => boolean): Headline {
  const field = kind.fields.find((f) => f.name === named) ?? kind.fields.find((f) => f.headline) ?? kind.fields[0] ?? null;
  if (field === null) return { type: 'unknown', field };
  const counted = [...assets.ofKind(kind.name)].filter(counts);
  return field.type === 'number' ? ofNumbers(field, counted) : ofWords(field, counted);
}

function ofNumbers(field: Field, counted: Asset[]): Headline {
  const values = counted
    .map((asset) => asset.v[field.name])
    .filter((value): value is number => typeof value === 'number')
    .sort((a, b) => a - b);
  const [least, most, median] = [values[0], values[values.length - 1], values[values.length >> 1]];
  if (least === undefined || most === undefined || median === undefined) return { type: 'unknown', field };
  return { type: 'number', field, least, most, median, known: values.length };
}

function ofWords(field: Field, counted: Asset[]): Headline {
  const counts = new Map<string, number>();
  let known = 0;
  for (const asset of counted) {
    const value = asset.v[field.name];
    if (value === undefined || value === null) continue;
    known += 1;
    counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  }
  if (known === 0) return { type: 'unknown', field };
  return { type: 'words', field, counts: [...counts].sort((a, b) => b[1] - a[1]), known };
}
