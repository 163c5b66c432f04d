import { describe, expect, it } from 'vitest';
import type { AssetWire } from '../live/wire';
import { AssetStore } from '../store/assets';
import { surroundings } from './neighbours';

const asset = (n: number, over: Partial<AssetWire> = {}): AssetWire => ({ n, id: `a${n}`, kind: 'env/river', name: '', area: 'north', lat: n / 100, lon: 0, freshness: 'live', at: 0, uplink: null, v: {}, ...over });
const of = (id: string, ...assets: AssetWire[]) => {
  const store = new AssetStore();
  store.replace(assets);
  const found = store.get(id);
  if (found === undefined) throw new Error(id);
  const around = surroundings(found, store);
  return { near: around.near.map((a) => a.id), upstream: around.upstream.map((a) => a.id), dependents: around.dependents.map((a) => a.id) };
};

describe('what stands around an asset', () => {
  it('are its like by distance, those without a place only where they share its area', () => {
    const nowhere = { lat: null, lon: null };
    expect(of('a1', asset(1), asset(9), asset(3), asset(4, nowhere), asset(5, { ...nowhere, area: 'south' })).near).toEqual(['a4', 'a3', 'a9']);
  });

  it('of one without a place are those of its area', () => {
    const derived = asset(1, { lat: null, lon: null });
    expect(of('a1', derived, asset(2), asset(3, { area: 'south' }), asset(4, { area: null })).near).toEqual(['a2']);
  });

  it('are the chain it hangs on and what hangs on it, a circle in the registry notwithstanding', () => {
    const around = of('a1', asset(1, { uplink: 'a2' }), asset(2, { uplink: 'a3' }), asset(3, { uplink: 'a2' }), asset(4, { uplink: 'a1' }));
    expect([around.upstream, around.dependents]).toEqual([['a2', 'a3'], ['a4']]);
  });
});
