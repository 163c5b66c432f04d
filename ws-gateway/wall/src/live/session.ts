// The client's side of the live protocol as a pure state machine: frames and the passing of time in, messages to send
// and changes for the store out. Leaves sockets, timers and what is drawn to others.

import { Subscription, type Step, type Wanted } from './subscription';
import type {
  AlertEvent,
  AlertsPage,
  AlertWire,
  AssetWire,
  ClientMessage,
  CommandMessage,
  Delta,
  Heartbeat,
  ProtocolError,
  ServerMessage,
  Snapshot,
  Welcome,
} from './wire';

/** `live` only once every subscription has caught up without a gap. */
export type LinkState = 'connecting' | 'catching-up' | 'live' | 'lost' | 'refused';

export type Change =
  | { type: 'assets-replaced'; sub: number; assets: AssetWire[] }
  | { type: 'assets-changed'; sub: number; delta: Delta }
  | { type: 'alerts-replaced'; sub: number; alerts: AlertWire[]; seq: number }
  | { type: 'alert'; sub: number; alert: AlertWire; matches: boolean; seq: number }
  | { type: 'durable'; seq: number }
  | { type: 'health'; health: Record<string, unknown> }
  | { type: 'server-time'; serverTime: number; machineTime: number; speed: number }
  | { type: 'welcome'; build: string; role: string }
  | { type: 'result'; ref: string; ok: boolean; message: string | null }
  | { type: 'refused'; code: string; message: string };

export interface Outcome {
  send: ClientMessage[];
  changes: Change[];
}

/** WebSocket close codes after which the same token is pointless. */
const UNAUTHORIZED = 4003;
/** No message for this long, and the link is dead whatever TCP says: banner within 5 s. */
const SILENCE_MS = 4_200;

export class Session {
  private state: LinkState = 'connecting';
  private epoch: string | null = null;
  private lastFrameAt = 0;
  private connected = false;
  private welcomed = false;
  private readonly subs = new Map<number, Subscription>();
  /** Commands without an answer yet; sent again with the same `cmd` after a lost link, done once by the server. */
  private readonly unanswered = new Map<string, CommandMessage>();
  /** The server's time, when it was heard by the caller's clock, and how fast it runs. */
  private serverTime = { at: 0, heard: 0, speed: 1 };
  /** The token has run out: nothing but heartbeats will come until another page brings a fresh one. */
  private expired = false;
  private asOf: number | null = null;
  private skippedChanges = 0;
  private gapCount = 0;

  constructor(private readonly hello: { token: string | null; lang: string }) {}

  get link(): LinkState {
    return this.state;
  }

  /** Server time of the last moment the picture was known to be whole; null before the first. */
  get dataAsOf(): number | null {
    return this.asOf;
  }

  /** Changes the server conflated away for us since the page was opened. */
  get skipped(): number {
    return this.skippedChanges;
  }

  get gaps(): number {
    return this.gapCount;
  }

  /** Subscribes, or replaces the subscription of this number. */
  want(id: number, wanted: Wanted): ClientMessage[] {
    const sub = new Subscription(id, wanted);
    this.subs.set(id, sub);
    return this.welcomed && this.epoch !== null ? [sub.request(this.epoch)] : [];
  }

  command(message: CommandMessage): ClientMessage[] {
    this.unanswered.set(message.ref, message);
    return this.welcomed ? [message] : [];
  }

  opened(now: number): ClientMessage[] {
    this.connected = true;
    this.lastFrameAt = now;
    const { token, lang } = this.hello;
    return [{ op: 'hello', lang, ...(token === null ? {} : { token }) }];
  }

  closed(code: number): void {
    this.connected = false;
    this.welcomed = false;
    for (const sub of this.subs.values()) sub.linkLost();
    this.expired = false;
    if (code === UNAUTHORIZED) this.state = 'refused';
    else this.state = this.asOf === null ? 'connecting' : 'lost';
  }

  /** True when the link has been silent for too long and must be given up. */
  silent(now: number): boolean {
    return this.connected && now - this.lastFrameAt > SILENCE_MS;
  }

  frame(frame: ServerMessage, now: number): Outcome {
    this.lastFrameAt = now;
    const out: Outcome = { send: [], changes: [] };
    switch (frame.op) {
      case 'welcome':
        this.welcome(frame, now, out);
        break;
      case 'heartbeat':
        this.heartbeat(frame, now, out);
        break;
      case 'result':
        this.unanswered.delete(frame.ref);
        out.changes.push({ type: 'result', ref: frame.ref, ok: frame.ok, message: frame.message ?? frame.code ?? null });
        break;
      case 'error':
        this.error(frame, out);
        break;
      default:
        this.data(frame, out);
    }
    this.settle(now);
    return out;
  }

  private welcome(frame: Welcome, now: number, out: Outcome): void {
    if (this.epoch !== frame.epoch) for (const sub of this.subs.values()) sub.otherEpoch();
    this.epoch = frame.epoch;
    this.welcomed = true;
    this.state = 'catching-up';
    this.serverTime.speed = frame.speed ?? 1;
    this.hear(frame, now, out);
    out.changes.push({ type: 'welcome', build: frame.build, role: frame.role });
    for (const sub of this.subs.values()) out.send.push(sub.request(frame.epoch));
    out.send.push(...this.unanswered.values());
  }

  private heartbeat(frame: Heartbeat, now: number, out: Outcome): void {
    this.hear(frame, now, out);
    const durable = frame.durable_seq;
    if (durable !== undefined) {
      for (const sub of this.subs.values()) sub.durableUpTo(durable);
      out.changes.push({ type: 'durable', seq: durable });
    }
    for (const sub of this.subs.values()) {
      const position = frame.subs[String(sub.id)];
      if (position !== undefined && !sub.confirm(position)) this.mend(sub, out);
    }
  }

  private hear(frame: Welcome | Heartbeat, now: number, out: Outcome): void {
    const { speed } = this.serverTime;
    this.serverTime = { at: frame.server_time, heard: now, speed };
    out.changes.push({ type: 'server-time', serverTime: frame.server_time, machineTime: frame.machine_time ?? frame.server_time, speed });
  }

  /** Live as soon as nothing is missing; the moment moves on with every frame that leaves it so. */
  private settle(now: number): void {
    if (!this.welcomed) return;
    if (this.expired) {
      this.state = 'refused';
      return;
    }
    const whole = [...this.subs.values()].every((sub) => sub.following);
    this.state = whole ? 'live' : 'catching-up';
    const { at, heard, speed } = this.serverTime;
    if (whole) this.asOf = at + (now - heard) * speed;
  }

  private data(frame: Snapshot | Delta | AlertsPage | AlertEvent, out: Outcome): void {
    const sub = this.subs.get(frame.sub);
    if (sub === undefined || this.epoch === null) return;
    const step = this.step(sub, frame, this.epoch);
    if ('gap' in step) this.mend(sub, out);
    else if ('fit' in step && step.fit !== null) out.changes.push(step.fit);
  }

  private step(sub: Subscription, frame: Snapshot | Delta | AlertsPage | AlertEvent, epoch: string): Step<Change | null> {
    switch (frame.op) {
      case 'snapshot':
        return fitted(sub.snapshot(frame, epoch), (assets) =>
          sub.wanted.topic === 'health'
            ? healthChange(frame.health)
            : assets && { type: 'assets-replaced', sub: sub.id, assets },
        );
      case 'delta':
        return fitted(sub.delta(frame), (delta) => {
          this.skippedChanges += sub.wanted.topic === 'assets' ? (delta.conflated ?? 0) : 0;
          return sub.wanted.topic === 'health'
            ? healthChange(delta.health)
            : { type: 'assets-changed', sub: sub.id, delta };
        });
      case 'alerts':
        return fitted(sub.alerts(frame), (alerts) => alerts && { type: 'alerts-replaced', sub: sub.id, alerts, seq: frame.alert_seq });
      case 'alert':
        return fitted(sub.alert(frame), ({ alert, matches, alert_seq: seq }) => ({
          type: 'alert',
          sub: sub.id,
          alert,
          matches: matches ?? true,
          seq,
        }));
    }
  }

  private mend(sub: Subscription, out: Outcome): void {
    this.gapCount += 1;
    sub.forget();
    if (this.epoch !== null) out.send.push(sub.request(this.epoch));
  }

  private error(frame: ProtocolError, out: Outcome): void {
    if (frame.ref !== undefined) {
      this.unanswered.delete(frame.ref);
      out.changes.push({ type: 'result', ref: frame.ref, ok: false, message: frame.message });
      return;
    }
    if (frame.code === 'token_expired') this.expired = true;
    // A topic this server does not have must not keep the wall from ever being whole.
    if (frame.sub !== undefined) this.subs.delete(frame.sub);
    out.changes.push({ type: 'refused', code: frame.code, message: frame.message });
  }
}

function fitted<T>(step: Step<T>, change: (fit: T) => Change | null): Step<Change | null> {
  return 'fit' in step ? { fit: change(step.fit) } : step;
}

function healthChange(health: unknown): Change | null {
  return typeof health === 'object' && health !== null
    ? { type: 'health', health: health as Record<string, unknown> }
    : null;
}
