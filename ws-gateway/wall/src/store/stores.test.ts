import { describe, expect, it } from 'vitest';
import type { AlertWire, Severity } from '../live/wire';
import { AlertStore, byUrgency } from './alerts';
import { ServerClock, SKEW_LIMIT_MS } from './clock';
import { LoadCounter, median } from './load';
import { Trail, Trails } from './trails';

const MIN = 60_000;
let made = 0;
const alert = (severity: Severity, firedAt: number, over: Partial<AlertWire> = {}): AlertWire =>
  ({ id: `id${(made += 1)}`, severity, state: 'firing', started_at: firedAt, fired_at: firedAt, ack: null, shelved: null, annunciation: 'annunciated', key: {}, ...over }) as AlertWire;

describe('alerts', () => {
  it('stand in order of severity, then the newest first', () => {
    const order = [alert('low', 9), alert('high', 1), alert('critical', 0), alert('high', 5)].sort(byUrgency);
    expect(order.map((a) => `${a.severity} ${a.fired_at}`)).toEqual(['critical 0', 'high 5', 'high 1', 'low 9']);
  });

  it('leave the open ones when they end or no longer match, and are still known', () => {
    const store = new AlertStore();
    const [a, b] = [alert('low', 1), alert('low', 2)];
    store.replace([a, b]);
    store.apply({ ...a, state: 'resolved' }, false);
    store.apply({ ...b, state: 'resolved' }, true);
    expect([...store.all()]).toEqual([]);
    expect(store.get(b.id)?.state).toBe('resolved');
  });

  it('that never fired leave no trace', () => {
    const store = new AlertStore();
    store.apply(alert('low', 1, { state: 'resolved', fired_at: null }), true);
    expect(store.recent()).toEqual([]);
  });
});

describe('the load strip', () => {
  it('counts raises of ten minutes for each operator, with hysteresis for a flood', () => {
    const load = new LoadCounter();
    const now = 100 * MIN;
    const raised = Array.from({ length: 24 }, (_, i) => alert('medium', now - i * 10_000));
    for (const a of raised) load.see(a);
    expect(load.figures(raised, now, 2)).toMatchObject({ perTenMinutes: 12, flood: true, standing: 24 });
    expect(load.figures(raised, now + 8.4 * MIN, 2)).toMatchObject({ perTenMinutes: 5, flood: true });
    expect(load.figures(raised, now + 9 * MIN, 2)).toMatchObject({ flood: false });
  });

  it('counts shelved and suppressed apart from what stands', () => {
    const load = new LoadCounter();
    const open = [
      alert('high', 0),
      alert('low', 0, { shelved: { until: 1, by: 'a', reason: 'b' } }),
      alert('low', 0, { annunciation: 'inhibited' }),
      alert('low', 0, { state: 'pending' }),
    ];
    expect(load.figures(open, 25 * 3_600_000, 1)).toMatchObject({ standing: 1, standingOverADay: 1, shelved: 1, suppressed: 1, unacknowledged: 1 });
  });

  it('takes the median time from firing to acknowledgement, each alert once', () => {
    const load = new LoadCounter();
    for (const [fired, acked] of [[0, 30], [0, 50], [0, 400]] as const) {
      const a = alert('low', fired * 1000, { ack: { by: 'x', at: acked * 1000, note: '' } });
      load.see(a);
      load.see(a);
    }
    expect(load.figures([], 0, 1)).toMatchObject({ medianAckMs: 50_000, acknowledged: 3 });
    expect(median([1, 2, 3, 10])).toBe(2.5);
  });
});

describe('a trail', () => {
  it('stays bounded over 30 days and still begins where the page did', () => {
    const trail = new Trail();
    for (let t = 0; t < 30 * 86_400; t += 5) trail.add(t * 1000, t);
    expect(trail.times.length).toBeLessThanOrEqual(161);
    expect(trail.times[0]).toBe(0);
    expect(trail.values().at(-1)).toBe(30 * 86_400 - 5);
  });

  it('keeps the moment a value turned unknown', () => {
    const trail = new Trail();
    trail.add(0, 1);
    trail.add(10, null);
    trail.add(20, null);
    trail.add(30, 2);
    expect(trail.values()).toEqual([1, null, 2]);
  });

  it('is not begun beyond the limit', () => {
    const trails = new Trails(2);
    for (const asset of ['a', 'b', 'c']) trails.add(asset, 'p', 1, 1);
    expect(['a', 'b', 'c'].map((asset) => trails.get(asset, 'p') !== undefined)).toEqual([true, true, false]);
  });
});

describe('the server clock', () => {
  it('follows the server, not the browser, and measures the browser’s error', () => {
    const clock = new ServerClock();
    clock.hear(1_000_000, 500, 1_007_000);
    expect(clock.now(600)).toBe(1_000_100);
    expect(clock.skew).toBeGreaterThan(SKEW_LIMIT_MS);
  });

  it('is hardly moved by one delayed heartbeat', () => {
    const clock = new ServerClock();
    clock.hear(1_000_000, 0, 1_000_000);
    clock.hear(1_002_000, 3_500, 1_003_500);
    expect(clock.now(3_500)).toBe(1_003_480);
  });
});
