// The words of the live protocol as they travel. Owns their shapes and the one place where outside text becomes them;
// leaves what they mean to session.ts.

export type Severity = 'low' | 'medium' | 'high' | 'critical';
export type Freshness = 'live' | 'stale' | 'unseen' | 'offline';
export type Condition = 'pending' | 'firing' | 'resolved';
export type Annunciation = 'annunciated' | 'settling' | 'inhibited' | 'over_limit' | 'shadow';
/** A field's value; `null` is unknown and nothing else. */
export type Value = number | string | boolean | null;

export interface Localized {
  vi: string;
  en: string;
}

export interface AssetWire {
  n: number;
  id: string;
  kind: string;
  name: string;
  area: string | null;
  lat: number | null;
  lon: number | null;
  freshness: Freshness;
  /** When the newest values were measured; null for an asset never heard of. */
  at: number | null;
  lifecycle?: string;
  uplink?: string | null;
  v: Record<string, Value>;
}

export interface Acknowledgement {
  by: string;
  at: number;
  note: string;
}

export interface Shelving {
  until: number;
  by: string;
  reason: string;
}

export interface AlertWire {
  id: string;
  rule: string;
  key: Record<string, string>;
  kind: string | null;
  area: string | null;
  severity: Severity;
  state: Condition;
  started_at: number;
  fired_at: number | null;
  resolved_at: number | null;
  summary: Localized;
  guidance?: Localized | null;
  ack: Acknowledgement | null;
  shelved: Shelving | null;
  assignee: string | null;
  /** Who was told because nobody answered. */
  escalated?: { to: string; after_ms: number; at: number }[];
  incident: string | null;
  reason: string;
  annunciation?: Annunciation;
  inhibited_by?: string | null;
  occurrence?: number;
  labels: Record<string, string>;
  /** False while the disk refuses its last step: a crash may still take it back. */
  durable?: boolean;
}

/** A whole column (one entry an id), or a sparse one: `i` names the places in `id` that changed. */
export type Column<T> = (T | null)[] | { i: number[]; v: (T | null)[] };

export interface DeltaAssets {
  id: number[];
  [field: string]: Column<Value>;
}

export interface StatePosition {
  epoch: string;
  seq: number;
  /** Names topic, filter, fields and limits, so that a position is never taken for one of another filter. */
  key: string;
}

export interface AlertPosition {
  alert_seq: number;
  key: string;
}

export type Topic = 'assets' | 'areas' | 'alerts' | 'incidents' | 'kpis' | 'health';

export interface Filter {
  kinds?: string[];
  areas?: string[];
  bbox?: [number, number, number, number];
  ids?: string[];
  min_severity?: Severity;
}

export type ClientMessage =
  | { op: 'hello'; token?: string; lang: string }
  | {
      op: 'subscribe';
      sub: number;
      topic: Topic;
      filter?: Filter;
      fields?: string[];
      max_hz?: number;
      since?: StatePosition | AlertPosition;
    }
  | { op: 'unsubscribe'; sub: number }
  | CommandMessage;

export type CommandMessage =
  | { op: 'ack'; ref: string; cmd: string; alert: string; note?: string }
  | { op: 'shelve'; ref: string; cmd: string; alert: string; until: number; reason: string }
  | { op: 'unshelve'; ref: string; cmd: string; alert: string }
  | { op: 'assign'; ref: string; cmd: string; alert: string; to: string | null }
  | { op: 'comment'; ref: string; cmd: string; alert: string; text: string };

export interface Welcome {
  op: 'welcome';
  epoch: string;
  server_time: number;
  /** The server's machine's own clock; an older server does not tell. */
  machine_time?: number;
  /** How fast `server_time` runs; 1 but in a demo. */
  speed?: number;
  build: string;
  heartbeat_ms: number;
  role: string;
  name?: string;
}

export interface Snapshot {
  op: 'snapshot';
  sub: number;
  key: string;
  page: number;
  last: boolean;
  seq: number;
  assets?: AssetWire[];
  /** Assets of earlier pages that left while the snapshot was being sent. */
  gone?: number[];
  health?: unknown;
}

export interface Delta {
  op: 'delta';
  sub: number;
  from: number;
  to: number;
  assets?: DeltaAssets;
  new?: AssetWire[];
  gone?: number[];
  conflated?: number;
  health?: unknown;
}

export interface AlertsPage {
  op: 'alerts';
  sub: number;
  key: string;
  /** The log goes on from `since`: nothing is to be forgotten. */
  resumed?: boolean;
  page: number;
  last: boolean;
  alert_seq: number;
  alerts: AlertWire[];
}

export interface AlertEvent {
  op: 'alert';
  sub: number;
  prev: number;
  alert_seq: number;
  /** Whether the alert still matches the filter. */
  matches?: boolean;
  alert: AlertWire;
}

export interface Heartbeat {
  op: 'heartbeat';
  server_time: number;
  machine_time?: number;
  /** The alert log is committed up to here. */
  durable_seq?: number;
  subs: Record<string, number>;
}

export interface Result {
  op: 'result';
  ref: string;
  ok: boolean;
  code?: string;
  message?: string;
}

export interface ProtocolError {
  op: 'error';
  code: string;
  message: string;
  ref?: string;
  sub?: number;
}

export type ServerMessage =
  | Welcome
  | Snapshot
  | Delta
  | AlertsPage
  | AlertEvent
  | Heartbeat
  | Result
  | ProtocolError;

const KNOWN = new Set(['welcome', 'snapshot', 'delta', 'alerts', 'alert', 'heartbeat', 'result', 'error']);

/** The message of a text frame; null for an op of a newer server, which a client must ignore. Throws on what is not JSON. */
export function parseFrame(text: string): ServerMessage | null {
  const frame: unknown = JSON.parse(text);
  if (typeof frame !== 'object' || frame === null || !('op' in frame)) return null;
  return typeof frame.op === 'string' && KNOWN.has(frame.op) ? (frame as ServerMessage) : null;
}
