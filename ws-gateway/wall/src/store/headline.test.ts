import { describe, expect, it } from 'vitest';
import type { AssetWire, Freshness, Value } from '../live/wire';
import { AssetStore } from './assets';
import type { Kind } from './city';
import { headline, lastHeadline } from './headline';

const KIND = {
  name: 'env/air',
  fields: [
    { name: 'pm25', type: 'number', headline: true },
    { name: 'lamp', type: 'symbol', headline: false },
  ],
} as Kind;

function store(...known: [Freshness, Value, Value][]): AssetStore {
  const assets = new AssetStore();
  const wire = known.map(([freshness, pm25, lamp], n): AssetWire => ({ n, id: `aq-${n}`, kind: KIND.name, name: '', area: null, lat: null, lon: null, freshness, at: 0, v: { pm25, lamp } }));
  assets.replace(wire);
  return assets;
}

describe('the figure of a kind', () => {
  it('is of what is live, while anything is', () => {
    const assets = store(['live', 10, 'on'], ['stale', 90, 'off'], ['live', 20, 'on']);
    for (const figure of [headline, lastHeadline]) {
      expect(figure(KIND, assets, null)).toMatchObject({ type: 'number', median: 20, least: 10, most: 20, known: 2 });
      expect(figure(KIND, assets, 'lamp')).toMatchObject({ type: 'words', counts: [['on', 2]] });
    }
  });

  it('stays readable on a tile when all have fallen silent, and is none of now', () => {
    const assets = store(['stale', 47, 'on'], ['offline', 45, 'on'], ['unseen', null, null]);
    expect(headline(KIND, assets, null).type).toBe('unknown');
    expect(lastHeadline(KIND, assets, null)).toMatchObject({ type: 'number', least: 45, most: 47, known: 2 });
    expect(lastHeadline(KIND, assets, 'lamp')).toMatchObject({ type: 'words', counts: [['on', 2]] });
  });

  it('is unknown where what is live says nothing, whatever the silent said', () => {
    const assets = store(['live', null, null], ['stale', 47, 'on']);
    expect(lastHeadline(KIND, assets, null).type).toBe('unknown');
  });

  it('is unknown where nothing was ever heard', () => {
    expect(lastHeadline(KIND, store(['unseen', null, null]), null).type).toBe('unknown');
  });
});
