import { describe, expect, it } from 'vitest';
import type { AlertWire, AssetWire, Delta } from '../live/wire';
import { AlertStore } from './alerts';
import { AssetStore } from './assets';
import type { Kind } from './city';
import { LoadCounter } from './load';
import { takePulse } from './pulse';
import { Trails } from './trails';

const DAY_MS = 86_400_000;
const KIND = { name: 'env/river', fields: [{ name: 'height', type: 'number', headline: true }] } as Kind;
const asset = (n: number): AssetWire => ({ n, id: `wl-${n}`, kind: KIND.name, name: '', area: null, lat: null, lon: null, freshness: 'live', at: 0, v: { height: n } });
const alert = (i: number, over: Partial<AlertWire>): AlertWire =>
  ({ id: `a-${i}`, severity: 'low', state: 'firing', started_at: i, fired_at: i, resolved_at: null, ack: null, shelved: null, annunciation: 'annunciated', ...over }) as AlertWire;

/** Everything that can be reached from a store, counted: a list that grows somewhere inside is seen, wherever it is. */
function reach(root: unknown, seen = new Set<unknown>()): number {
  if (typeof root !== 'object' || root === null || seen.has(root)) return 1;
  seen.add(root);
  let size = 1;
  if (root instanceof Map) for (const [key, value] of root) size += reach(key, seen) + reach(value, seen);
  else if (root instanceof Set) for (const value of root) size += reach(value, seen);
  else for (const value of Object.values(root)) size += reach(value, seen);
  return size;
}

describe('a wall that runs for months', () => {
  it('holds no more after thirty days of readings than after one', () => {
    const assets = new AssetStore();
    const trails = new Trails();
    assets.replace(Array.from({ length: 50 }, (_, n) => asset(n)));
    const days = (from: number, until: number): void => {
      // A reading of every asset each ten minutes, some of them leaving and coming back.
      for (let at = from * DAY_MS; at < until * DAY_MS; at += 600_000) {
        const id = Array.from({ length: 50 }, (_, n) => n);
        const delta: Delta = { op: 'delta', sub: 1, from: 0, to: 1, assets: { id, at: id.map(() => at), height: id.map((n) => n + (at % 7)) }, gone: [(at / 600_000) % 50] };
        assets.apply(delta);
        assets.apply({ op: 'delta', sub: 1, from: 1, to: 2, new: [asset((at / 600_000) % 50)] });
        for (const one of assets.all()) trails.add(one.id, 'height', at, Number(one.v['height']));
        takePulse([{ kind: KIND, field: null }], assets, trails, at);
      }
    };
    days(0, 5);
    const [early, earlyTrails] = [reach(assets), reach(trails)];
    days(5, 30);
    expect(assets.size).toBe(50);
    expect(reach(assets)).toBe(early);
    // A trail is between half full and full, whenever one looks.
    expect(reach(trails)).toBeLessThanOrEqual(earlyTrails * 2.1);
    expect(trails.get('wl-7', 'height')?.times.length).toBeLessThanOrEqual(160);
  }, 60_000);

  it('forgets alerts that ended long ago', () => {
    const alerts = new AlertStore();
    const load = new LoadCounter();
    const raise = (from: number, until: number): void => {
      for (let i = from; i < until; i += 1) {
        for (const form of [alert(i, {}), alert(i, { ack: { by: 'an', at: i + 1, note: '' } }), alert(i, { state: 'resolved', resolved_at: i + 2 })]) {
          alerts.apply(form, form.state !== 'resolved', i);
          if (form.state === 'resolved') alerts.remember(form);
          load.see(form);
        }
      }
    };
    raise(0, 20_500);
    const [early, earlyLoad] = [reach(alerts), reach(load)];
    raise(20_500, 24_000);
    expect([...alerts.all()].length).toBe(0);
    expect(reach(alerts)).toBe(early);
    expect(reach(load)).toBe(earlyLoad);
  }, 60_000);
});
