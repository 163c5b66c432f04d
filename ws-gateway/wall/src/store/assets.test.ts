import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AssetWire, Delta, Freshness } from '../live/wire';
import { AssetStore } from './assets';

const FRESH: Freshness[] = ['live', 'stale', 'unseen', 'offline'];
const make = (n: number, over: Partial<AssetWire> = {}): AssetWire => ({ n, id: `x-${n}`, kind: n % 2 ? 'a/b' : 'c/d', name: '', area: null, lat: null, lon: null, freshness: 'live', at: 1, v: {}, ...over });
const delta = (over: Partial<Delta>): Delta => ({ op: 'delta', sub: 1, from: 0, to: 1, ...over });

describe('the asset store', () => {
  it('takes whole and sparse columns, and null as unknown', () => {
    const store = new AssetStore();
    store.replace([make(1, { v: { p: 1, s: 'up' } }), make(2, { v: { p: 2 } })]);
    store.apply(delta({ assets: { id: [1, 2], at: [5, 6], p: [null, 7], s: { i: [0], v: ['down'] } } }));
    expect(store.get('x-1')).toMatchObject({ at: 5, v: { p: null, s: 'down' } });
    expect(store.get('x-2')).toMatchObject({ at: 6, v: { p: 7 } });
  });

  it('tells a field called `at` from the asset’s own time', () => {
    const store = new AssetStore();
    store.replace([make(1)]);
    store.apply(delta({ assets: { id: [1], at: [5], 'v.at': ['hill'] } }));
    expect(store.get('x-1')).toMatchObject({ at: 5, v: { at: 'hill' } });
  });

  it('applies columns, then new, then gone', () => {
    const store = new AssetStore();
    store.replace([make(1), make(2)]);
    store.apply(delta({ assets: { id: [1], freshness: ['stale'] }, new: [make(3), make(1, { name: 'again' })], gone: [2, 99] }));
    expect([...store.all()].map((a) => `${a.n}${a.name}${a.freshness}`).sort()).toEqual(['1againlive', '3live']);
  });

  it('keeps its tallies equal to a count of all assets, whatever comes', () => {
    const step = fc.record({
      n: fc.integer({ min: 1, max: 6 }),
      freshness: fc.constantFrom(...FRESH),
      what: fc.constantFrom('new', 'gone', 'turn'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const store = new AssetStore();
        store.replace([make(1), make(2, { freshness: 'stale' })]);
        for (const { n, freshness, what } of steps) {
          if (what === 'new') store.apply(delta({ new: [make(n, { freshness })] }));
          else if (what === 'gone') store.apply(delta({ gone: [n] }));
          else store.apply(delta({ assets: { id: [n], freshness: [freshness] } }));
        }
        for (const kind of ['a/b', 'c/d'])
          for (const freshness of FRESH) {
            const counted = [...store.all()].filter((a) => a.kind === kind && a.freshness === freshness).length;
            expect(store.tally(kind).counts[freshness]).toBe(counted);
          }
      }),
    );
  });
});
