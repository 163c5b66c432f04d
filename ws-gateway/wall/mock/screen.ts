// One connected screen of the mock: its subscriptions are cursors into the world, as docs/live-protocol.md has it.

import type { WebSocket } from 'ws';
import type { AssetWire, ClientMessage, CommandMessage, DeltaAssets, Value } from '../src/live/wire';
import type { World } from './world';

interface Cursor {
  topic: string;
  position: number;
  ids: Set<string> | null;
  nextAt: number;
  everyMs: number;
}

const PAGE = 500;
const KEY = 'mock';
/** As the engine's journal names what was done. */
const WORDS = { ack: 'acknowledge', shelve: 'shelve', unshelve: 'unshelve', assign: 'assign', comment: 'comment' } as const;

export class Screen {
  private readonly cursors = new Map<number, Cursor>();
  private by: string | null = null;

  constructor(
    private readonly socket: WebSocket,
    private readonly world: World,
    private readonly boot: { epoch: string; build: string },
  ) {}

  take(message: ClientMessage, now: number): void {
    if (message.op === 'hello') return this.hello(now);
    if (this.by === null) return this.send({ op: 'error', code: 'hello_first', message: 'say hello first' });
    if (message.op === 'subscribe') return this.subscribe(message, now);
    if (message.op === 'unsubscribe') return void this.cursors.delete(message.sub);
    const refusal = this.act(message, now);
    this.send({ op: 'result', ref: message.ref, ok: refusal === null, ...(refusal === null ? {} : { message: refusal }) });
    this.flush(now);
  }

  /** Hands over whatever is due. Alerts overtake state. */
  flush(now: number): void {
    for (const [sub, cursor] of this.cursors) if (cursor.topic === 'alerts') this.flushAlerts(sub, cursor);
    for (const [sub, cursor] of this.cursors)
      if (cursor.topic === 'assets' && now >= cursor.nextAt) {
        cursor.nextAt = now + cursor.everyMs;
        this.flushState(sub, cursor);
      }
  }

  heartbeat(now: number): void {
    const subs = Object.fromEntries([...this.cursors].map(([sub, cursor]) => [sub, cursor.position]));
    this.send({ op: 'heartbeat', server_time: now, machine_time: now, durable_seq: this.world.alertSeq, subs });
  }

  private hello(now: number): void {
    this.by = 'Lê Quang Dũng';
    const { epoch, build } = this.boot;
    this.send({ op: 'welcome', epoch, server_time: now, machine_time: now, speed: 1, build, heartbeat_ms: 2000, role: 'operator', name: this.by });
  }

  private subscribe(message: Extract<ClientMessage, { op: 'subscribe' }>, now: number): void {
    const ids = message.filter?.ids === undefined ? null : new Set(message.filter.ids);
    const everyMs = 1000 / (message.max_hz ?? 5);
    const cursor: Cursor = { topic: message.topic, position: 0, ids, nextAt: now + everyMs, everyMs };
    this.cursors.set(message.sub, cursor);
    const { since } = message;
    if (message.topic === 'alerts') {
      const oldest = this.world.log[0]?.seq ?? this.world.alertSeq + 1;
      if (since !== undefined && 'alert_seq' in since && since.alert_seq >= oldest - 1) {
        cursor.position = since.alert_seq;
        this.send({ op: 'alerts', sub: message.sub, key: KEY, resumed: true, page: 0, last: true, alert_seq: since.alert_seq, alerts: [] });
      } else this.alertSnapshot(message.sub, cursor);
    } else if (message.topic === 'assets') {
      if (since !== undefined && 'seq' in since && since.epoch === this.boot.epoch) {
        cursor.position = since.seq;
        this.flushState(message.sub, cursor);
      } else this.stateSnapshot(message.sub, cursor);
    } else if (message.topic === 'health') {
      const health = { engine_time: now, readings_per_s: 130, lag_ms: 1.4, queue_fill: 0.01, sources: [], durable: true, disk_reserve: true, disk_free_bytes: 81e9 };
      this.send({ op: 'snapshot', sub: message.sub, key: KEY, page: 0, last: true, seq: 0, health });
    } else {
      this.cursors.delete(message.sub);
      this.send({ op: 'error', code: 'not_yet', sub: message.sub, message: `no ${message.topic} here` });
    }
    this.flush(now);
  }

  private alertSnapshot(sub: number, cursor: Cursor): void {
    cursor.position = this.world.alertSeq;
    const alerts = [...this.world.alerts.values()];
    this.send({ op: 'alerts', sub, key: KEY, page: 0, last: true, alert_seq: cursor.position, alerts });
  }

  private stateSnapshot(sub: number, cursor: Cursor): void {
    cursor.position = this.world.stateSeq;
    const assets = this.world.assets.filter((asset) => cursor.ids?.has(asset.id) ?? true);
    const pages = Math.max(1, Math.ceil(assets.length / PAGE));
    for (let page = 0; page < pages; page += 1) {
      const slice = assets.slice(page * PAGE, (page + 1) * PAGE);
      this.send({ op: 'snapshot', sub, key: KEY, page, last: page === pages - 1, seq: cursor.position, assets: slice });
    }
  }

  private flushAlerts(sub: number, cursor: Cursor): void {
    for (const { seq, alert } of this.world.log) {
      if (seq <= cursor.position) continue;
      this.send({ op: 'alert', sub, prev: cursor.position, alert_seq: seq, matches: true, alert });
      cursor.position = seq;
    }
  }

  private flushState(sub: number, cursor: Cursor): void {
    const changed = this.world.assets.filter(
      (asset, i) => (this.world.changedAt[i] ?? 0) > cursor.position && (cursor.ids?.has(asset.id) ?? true),
    );
    const from = cursor.position;
    cursor.position = this.world.stateSeq;
    this.send({ op: 'delta', sub, from, to: cursor.position, assets: columns(changed), conflated: 0 });
  }

  private act(message: Exclude<ClientMessage, { op: 'hello' | 'subscribe' | 'unsubscribe' }>, now: number): string | null {
    const by = this.by ?? '';
    return this.world.command(message.cmd, message.alert, (alert) => {
      if (message.op === 'ack') alert.ack = { by, at: now, note: message.note ?? '' };
      else if (message.op === 'shelve') alert.shelved = { until: message.until, by, reason: message.reason };
      else if (message.op === 'unshelve') alert.shelved = null;
      else if (message.op === 'assign') alert.assignee = message.to;
      this.world.journal.push({ alert: alert.id, at: now, by, action: WORDS[message.op], detail: wordsOf(message) });
    });
  }

  private send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }
}

function wordsOf(message: CommandMessage): string {
  if (message.op === 'ack') return message.note ?? '';
  if (message.op === 'shelve') return message.reason;
  if (message.op === 'assign') return message.to ?? '';
  return message.op === 'comment' ? message.text : '';
}

/** Columnar, sparse where a field belongs to some of the kinds only. */
function columns(assets: AssetWire[]): DeltaAssets {
  const sparse = new Map<string, { i: number[]; v: Value[] }>();
  assets.forEach((asset, row) => {
    for (const [field, value] of Object.entries(asset.v)) {
      const column = sparse.get(field) ?? { i: [], v: [] };
      column.i.push(row);
      column.v.push(value);
      sparse.set(field, column);
    }
  });
  return {
    id: assets.map((asset) => asset.n),
    at: assets.map((asset) => asset.at),
    freshness: assets.map((asset) => asset.freshness),
    ...Object.fromEntries(sparse),
  };
}
