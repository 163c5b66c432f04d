import { describe, expect, it } from 'vitest';
import type { AlertWire, Severity } from '../live/wire';
import { AlertStore, byUrgency } from './alerts';
import { ServerClock, SKEW_LIMIT_MS } from './clock';
import { median } from './day';
import { LoadCounter } from './load';
import { pastAlerts } from './past';
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
    store.replace([a, b], 1);
    store.apply({ ...a, state: 'resolved' }, false, 2);
    store.apply({ ...b, state: 'resolved' }, true, 3);
    expect([...store.all()]).toEqual([]);
    expect(store.get(b.id)?.state).toBe('resolved');
  });

  it('that never fired leave no trace', () => {
    const store = new AlertStore();
    store.apply(alert('low', 1, { state: 'resolved', fired_at: null }), true, 1);
    expect(store.recent()).toEqual([]);
  });
});

describe('an alert that the disk refuses', () => {
  it('is marked until a heartbeat says that its event is committed', () => {
    const store = new AlertStore();
    const [a, b] = [alert('high', 1, { durable: false }), alert('high', 2)];
    store.replace([b], 900);
    store.apply(a, true, 905);
    expect([store.durable(a.id), store.durable(b.id)]).toEqual([false, true]);
    expect(store.committed(904)).toBe(false);
    expect(store.durable(a.id)).toBe(false);
    expect(store.committed(905)).toBe(true);
    expect(store.durable(a.id)).toBe(true);
  });

  it('loses its mark with a durable step, and with pages that begin anew', () => {
    const store = new AlertStore();
    const a = alert('high', 1, { durable: false });
    store.apply(a, true, 905);
    store.apply({ ...a, durable: true }, true, 906);
    expect(store.durable(a.id)).toBe(true);
    store.apply(a, true, 907);
    store.replace([{ ...a, durable: true }], 910);
    expect(store.durable(a.id)).toBe(true);
  });
});

describe('the past', () => {
  it('is read page by page, and alerts of one moment are not lost between two', async () => {
    // Newest first, four a page; six of the same moment lie across the first page's end.
    const all = [9, 8, 7, 7, 7, 7, 3, 2, 2].map((at, i) => alert('low', at, { id: `p${i}` }));
    const asked: string[] = [];
    const get = (path: string): Promise<unknown> => {
      asked.push(path);
      const before = Number(/before=(\d+)/.exec(path)?.[1] ?? Infinity);
      const alerts = all.filter((a) => a.started_at < before).slice(0, 5);
      return Promise.resolve({ alerts, next_before: alerts.at(-1)?.started_at ?? null });
    };
    const past = await pastAlerts(1, get);
    expect(past.complete).toBe(true);
    expect(past.alerts.map((a) => a.started_at)).toEqual([2, 2, 3, 7, 7, 7, 7, 8, 9]);
    expect(asked.every((path) => path.includes('since=1') && path.includes('fired=true'))).toBe(true);
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
    expect(load.figures([], 0, 1)).toMatchObject({ day: { medianAckMs: 50_000, acknowledged: 3 } });
    expect(median([1, 2, 3, 10])).toBe(2.5);
  });
});

describe('the last day', () => {
  const raised = (load: LoadCounter, at: number, over: Partial<AlertWire> = {}): void => load.see(alert('low', at, { rule: 'r/R', ...over }));
  const of = (load: LoadCounter, now: number) => load.figures([], now, 1).day;

  it('was in flood from too many in ten minutes until there were few', () => {
    const load = new LoadCounter();
    load.complete(0);
    // 11 at once are a flood for the ten minutes they count; six more keep it up for ten more, four would not.
    for (const [minute, count] of [[1, 11], [9, 6], [18, 4]] as const)
      for (let i = 0; i < count; i += 1) raised(load, minute * MIN - 1 - i);
    // In flood from minute 1 to minute 18, of the minutes 0 to 99.
    expect(of(load, 99 * MIN).floodShare).toBe(18);
  });

  it('is counted from when the page knows of it, a day ago at the earliest', () => {
    const load = new LoadCounter();
    load.complete(30 * MIN);
    for (let i = 0; i < 11; i += 1) raised(load, 31 * MIN - 1);
    expect(of(load, 49 * MIN).floodShare).toBe(50);
    expect(of(load, 24 * 60 * MIN + 49 * MIN)).toMatchObject({ raised: 0, floodShare: 0, noisiestShare: null });
  });

  it('names the ten noisiest and those that chatter', () => {
    const load = new LoadCounter();
    for (let source = 0; source < 20; source += 1) raised(load, source * MIN, { key: { asset: `one-${source}` } });
    for (const at of [0, 20_000, 59_000]) raised(load, at, { key: { asset: 'chatter' }, summary: { vi: 'rung', en: 'rattles' } });
    for (const at of [0, 31_000, 62_000]) raised(load, at, { key: { asset: 'often' } });
    const day = of(load, 60 * MIN);
    expect(day.noisiest.slice(0, 2).map(({ count, chatters }) => [count, chatters])).toEqual([[3, true], [3, false]]);
    expect(day.noisiest[0]?.summary.en).toBe('rattles');
    // 3 + 3 + 8 of 26.
    expect(day).toMatchObject({ raised: 26, chattering: 1, noisiestShare: 54 });
  });

  it('takes the median time until alerts were over', () => {
    const load = new LoadCounter();
    for (const minutes of [2, 4, 60]) raised(load, 0, { state: 'resolved', resolved_at: minutes * MIN });
    raised(load, 0);
    expect(of(load, 60 * MIN)).toMatchObject({ medianResolveMs: 4 * MIN, resolved: 3 });
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
  const real = (time: number) => ({ serverTime: time, machineTime: time, speed: 1 });

  it('follows the server, not the browser, and measures the browser’s error', () => {
    const clock = new ServerClock();
    clock.hear(real(1_000_000), 500, 1_007_000);
    expect(clock.now(600)).toBe(1_000_100);
    expect(clock.skew).toBeGreaterThan(SKEW_LIMIT_MS);
  });

  it('is hardly moved by one delayed heartbeat', () => {
    const clock = new ServerClock();
    clock.hear(real(1_000_000), 0, 1_000_000);
    clock.hear(real(1_002_000), 3_500, 1_003_500);
    expect(clock.now(3_500)).toBe(1_003_480);
  });

  it('of a demo runs at its own speed, and the browser is judged by the server’s machine', () => {
    const clock = new ServerClock();
    const demo = (serverTime: number, machineTime: number) => ({ serverTime, machineTime, speed: 4 });
    clock.hear(demo(9_000_000, 1_000_000), 0, 1_000_000);
    expect(clock.now(1_000)).toBe(9_004_000);
    clock.hear(demo(9_008_000, 1_002_000), 2_000, 1_002_000);
    expect([clock.now(2_000), clock.skew]).toEqual([9_008_000, 0]);
    clock.hear(demo(9_016_000, 1_004_000), 4_000, 1_009_000);
    expect(clock.skew).toBe(5_000);
  });
});
