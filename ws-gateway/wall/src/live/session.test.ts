import { describe, expect, it } from 'vitest';
import { Session, type Change } from './session';
import type { AlertWire, AssetWire, ClientMessage, ServerMessage } from './wire';

const T0 = 1_732_320_000_000;

/** A session and a clock; says in short words what was sent and what changed. */
class Bench {
  readonly session = new Session({ token: 'secret', lang: 'vi' });
  now = 1_000;

  constructor() {
    this.session.want(1, { topic: 'assets', max_hz: 2 });
    this.session.want(2, { topic: 'alerts' });
  }

  take(...frames: ServerMessage[]): string[] {
    return frames.flatMap((frame) => {
      this.now += 10;
      const { send, changes } = this.session.frame(frame, this.now);
      return [...send.map(sent), ...changes.map(changed).filter((c) => c !== '')];
    });
  }

  /** Connected, caught up, live at asset position 100 and alert position 900. */
  live(): this {
    this.session.opened(this.now);
    this.take(welcome('e1'), snapshot(100, [asset(1), asset(2)]), alerts(900, ['a']));
    return this;
  }

  breakLink(): void {
    this.session.closed(1006);
    this.session.opened(this.now);
  }
}

function sent(message: ClientMessage): string {
  if (message.op !== 'subscribe') return `> ${message.op}`;
  const { since } = message;
  const from = since === undefined ? 'start' : 'seq' in since ? `${since.epoch}:${since.seq}` : `${since.alert_seq}`;
  return `> subscribe ${message.sub} from ${from}`;
}

function changed(change: Change): string {
  switch (change.type) {
    case 'assets-replaced':
      return `assets = ${change.assets.map((a) => a.n).join(',')}`;
    case 'assets-changed':
      return `assets → ${change.delta.to}`;
    case 'alerts-replaced':
      return `alerts = ${change.alerts.map((a) => a.id).join(',')}`;
    case 'alert':
      return `alert ${change.alert.id}`;
    case 'result':
      return `result ${change.ref} ${change.ok ? 'ok' : (change.message ?? '')}`;
    default:
      return '';
  }
}

const welcome = (epoch: string): ServerMessage => ({ op: 'welcome', epoch, server_time: T0, build: 'b1', heartbeat_ms: 2000, role: 'operator' });
const asset = (n: number): AssetWire => ({ n, id: `x-${n}`, kind: 'wifi/ap', name: '', area: null, lat: null, lon: null, freshness: 'live', at: T0, v: {} });
const page = (page: number, last: boolean, seq: number, assets: AssetWire[], gone: number[] = []): ServerMessage => ({ op: 'snapshot', sub: 1, key: 'k', page, last, seq, assets, gone });
const snapshot = (seq: number, assets: AssetWire[]): ServerMessage => page(0, true, seq, assets);
const delta = (from: number, to: number): ServerMessage => ({ op: 'delta', sub: 1, from, to, assets: { id: [] }, conflated: 2 });
const alert = (id: string): AlertWire => ({ id, state: 'firing' }) as AlertWire;
const alerts = (seq: number, ids: string[], resumed = false): ServerMessage => ({ op: 'alerts', sub: 2, key: 'k', page: 0, last: true, alert_seq: seq, alerts: ids.map(alert), ...(resumed ? { resumed } : {}) });
const event = (prev: number, seq: number, id: string): ServerMessage => ({ op: 'alert', sub: 2, prev, alert_seq: seq, matches: true, alert: alert(id) });
const heartbeat = (state: number, log: number): ServerMessage => ({ op: 'heartbeat', server_time: T0 + 5000, subs: { '1': state, '2': log } });

describe('the session', () => {
  it('says hello, subscribes after the welcome and is live only when every subscription is whole', () => {
    const bench = new Bench();
    expect(bench.session.opened(bench.now)).toEqual([{ op: 'hello', lang: 'vi', token: 'secret' }]);
    expect(bench.take(welcome('e1'))).toEqual(['> subscribe 1 from start', '> subscribe 2 from start']);
    bench.take(snapshot(100, [asset(1)]));
    expect(bench.session.link).toBe('catching-up');
    bench.take(alerts(900, []));
    expect(bench.session.link).toBe('live');
  });

  it('shows nothing of a snapshot before its last page', () => {
    const bench = new Bench();
    bench.session.opened(bench.now);
    bench.take(welcome('e1'));
    expect(bench.take(page(0, false, 100, [asset(1), asset(2)]))).toEqual([]);
    expect(bench.take(page(1, true, 104, [asset(3)], [2]))).toEqual(['assets = 1,3']);
    expect(bench.take(delta(104, 105))).toEqual(['assets → 105']);
  });

  it('asks for a snapshot when a page is missing', () => {
    const bench = new Bench();
    bench.session.opened(bench.now);
    bench.take(welcome('e1'), page(0, false, 100, [asset(1)]));
    expect(bench.take(page(2, true, 100, [asset(3)]))).toEqual(['> subscribe 1 from start']);
  });

  it('follows deltas and counts what was conflated away', () => {
    const bench = new Bench().live();
    expect(bench.take(delta(100, 101), delta(101, 107))).toEqual(['assets → 101', 'assets → 107']);
    expect(bench.session.skipped).toBe(4);
  });

  it('notices a gap, applies nothing after it and starts anew', () => {
    const bench = new Bench().live();
    expect(bench.take(delta(103, 104))).toEqual(['> subscribe 1 from start']);
    expect(bench.session.link).toBe('catching-up');
    // Sent before the server heard of the new subscription: of no concern, and no second gap.
    expect(bench.take(delta(104, 105))).toEqual([]);
    expect(bench.take(snapshot(110, [asset(9)]))).toEqual(['assets = 9']);
    expect(bench.session.link).toBe('live');
    expect(bench.session.gaps).toBe(1);
  });

  it('goes on from its positions after a lost link and keeps the sign until all have caught up', () => {
    const bench = new Bench().live();
    bench.take(delta(100, 120), event(900, 902, 'b'));
    bench.breakLink();
    expect(bench.session.link).toBe('lost');
    expect(bench.take(welcome('e1'))).toEqual(['> subscribe 1 from e1:120', '> subscribe 2 from 902']);
    expect(bench.take(delta(120, 150))).toEqual(['assets → 150']);
    expect(bench.session.link).toBe('catching-up');
    expect(bench.take(alerts(902, [], true))).toEqual([]);
    expect(bench.session.link).toBe('live');
    expect(bench.take(event(902, 903, 'c'))).toEqual(['alert c']);
  });

  it('forgets state positions of another epoch and keeps the place in the alert log', () => {
    const bench = new Bench().live();
    bench.breakLink();
    expect(bench.take(welcome('e2'))).toEqual(['> subscribe 1 from start', '> subscribe 2 from 900']);
  });

  const refused = (prev: number, seq: number): ServerMessage => ({ op: 'alert', sub: 2, prev, alert_seq: seq, alert: { ...alert('u'), durable: false } });
  const durable = (seq: number): ServerMessage => ({ op: 'heartbeat', server_time: T0, subs: {}, durable_seq: seq });

  it('does not go on in another epoch from an event that the disk may have lost', () => {
    const bench = new Bench().live();
    bench.take(refused(900, 901), durable(900));
    bench.breakLink();
    // The same run of the server still knows of it.
    expect(bench.take(welcome('e1'))).toEqual(['> subscribe 1 from e1:100', '> subscribe 2 from 901']);
    bench.breakLink();
    expect(bench.take(welcome('e2'))).toEqual(['> subscribe 1 from start', '> subscribe 2 from start']);
  });

  it('goes on from it once it is committed', () => {
    const bench = new Bench().live();
    bench.take(refused(900, 901), durable(901));
    bench.breakLink();
    expect(bench.take(welcome('e2'))).toContain('> subscribe 2 from 901');
  });

  it('dates the picture of a demo by its faster clock', () => {
    const bench = new Bench().live();
    bench.take({ ...welcome('e1'), speed: 4 } as ServerMessage, snapshot(100, []), alerts(900, []));
    // Ten milliseconds a frame, two frames after the welcome.
    expect(bench.session.dataAsOf).toBe(T0 + 80);
  });

  it('takes pages in place of a log that is no longer kept', () => {
    const bench = new Bench().live();
    bench.breakLink();
    bench.take(welcome('e1'), delta(100, 100));
    expect(bench.take(alerts(2000, ['z']))).toEqual(['alerts = z']);
    expect(bench.session.link).toBe('live');
  });

  it('tells filtered gaps in the alert log from losses, and a resend from news', () => {
    const bench = new Bench().live();
    expect(bench.take(event(900, 905, 'b'))).toEqual(['alert b']);
    expect(bench.take(event(900, 905, 'b'))).toEqual([]);
    expect(bench.take(event(906, 907, 'd'))).toEqual(['> subscribe 2 from start']);
  });

  it('follows a heartbeat that is ahead on a state topic, and mends one that is behind', () => {
    const bench = new Bench().live();
    expect(bench.take(heartbeat(130, 900))).toEqual([]);
    expect(bench.take(delta(130, 131))).toEqual(['assets → 131']);
    expect(bench.take(heartbeat(99, 900))).toEqual(['> subscribe 1 from start']);
  });

  it('is silent after 4.2 s without a frame, so that the banner stands within 5 s', () => {
    const bench = new Bench().live();
    expect(bench.session.silent(bench.now + 4_100)).toBe(false);
    expect(bench.session.silent(bench.now + 4_300)).toBe(true);
  });

  it('dates the picture by the server’s clock at the last frame that left it whole', () => {
    const bench = new Bench().live();
    bench.take(heartbeat(100, 900));
    expect(bench.session.dataAsOf).toBe(T0 + 5000);
    bench.breakLink();
    bench.now += 60_000;
    expect(bench.session.dataAsOf).toBe(T0 + 5000);
  });

  it('sends a command again after a lost link with the same cmd, until it is answered', () => {
    const bench = new Bench().live();
    bench.session.command({ op: 'ack', ref: 'r1', cmd: 'c1', alert: 'a' });
    bench.breakLink();
    expect(bench.take(welcome('e1')).slice(-1)).toEqual(['> ack']);
    expect(bench.take({ op: 'result', ref: 'r1', ok: true })).toEqual(['result r1 ok']);
    bench.breakLink();
    expect(bench.take(welcome('e1'))).not.toContain('> ack');
  });

  it('is not kept from being whole by a topic the server does not have', () => {
    const bench = new Bench();
    bench.session.want(3, { topic: 'health' });
    bench.live();
    expect(bench.session.link).toBe('catching-up');
    bench.take({ op: 'error', code: 'not_yet', sub: 3, message: 'no' });
    expect(bench.session.link).toBe('live');
  });

  it('never passes for live when its token has run out', () => {
    const bench = new Bench().live();
    bench.take({ op: 'error', code: 'token_expired', message: 'send another hello' }, heartbeat(100, 900));
    expect(bench.session.link).toBe('refused');
  });

  it('says refused when the token is', () => {
    const bench = new Bench().live();
    bench.session.closed(4003);
    expect(bench.session.link).toBe('refused');
  });
});
