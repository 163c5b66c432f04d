// One subscription's place in its stream: which frames fit, which show a gap, what to ask for after a lost link.
// Pure; knows neither sockets nor the other subscriptions.

import type {
  AlertEvent,
  AlertsPage,
  AlertWire,
  AssetWire,
  ClientMessage,
  Delta,
  Filter,
  Snapshot,
  Topic,
} from './wire';

export interface Wanted {
  topic: Topic;
  filter?: Filter;
  fields?: string[];
  max_hz?: number;
}

/** `waiting`: asked, nothing yet; `paging`: in the middle of a snapshot; `following`: the state up to `position` is whole. */
type Phase = 'idle' | 'waiting' | 'paging' | 'following';

/** What a frame is to a subscription: the next step, a sign that something was lost, or of no concern. */
export type Step<T> = { fit: T } | { gap: true } | { ignored: true };

const GAP = { gap: true } as const;
const IGNORED = { ignored: true } as const;

export class Subscription {
  private phase: Phase = 'idle';
  private position: number | null = null;
  private key = '';
  /** The epoch `position` belongs to; alert positions outlive epochs and do not use it. */
  private epoch: string | null = null;
  private nextPage = 0;
  /** Alerts: the last event that the disk refused; null when all that was heard is committed. */
  private refused: number | null = null;
  private readonly assetPages = new Map<number, AssetWire>();
  private alertPages: AlertWire[] = [];

  constructor(
    readonly id: number,
    readonly wanted: Wanted,
  ) {}

  get following(): boolean {
    return this.phase === 'following';
  }

  /** The link is gone; the position is kept for the next one. */
  linkLost(): void {
    this.phase = 'idle';
    this.dropPages();
  }

  durableUpTo(seq: number): void {
    if (this.refused !== null && seq >= this.refused) this.refused = null;
  }

  /** Another run of the server: what its disk had refused before may never have happened, and a position there leads nowhere. */
  otherEpoch(): void {
    if (this.refused !== null) this.position = null;
    this.refused = null;
  }

  /** Asks for everything since the position when that can still be honoured, else for a snapshot. */
  request(epoch: string): ClientMessage {
    this.phase = 'waiting';
    this.dropPages();
    const alerts = this.wanted.topic === 'alerts';
    if (!alerts && this.epoch !== epoch) this.position = null;
    const message: ClientMessage = { op: 'subscribe', sub: this.id, ...this.wanted };
    if (this.position === null) return message;
    const { key } = this;
    const since = alerts ? { alert_seq: this.position, key } : { epoch, seq: this.position, key };
    return { ...message, since };
  }

  /** Forgets the position: what is held is not the server's state, only a snapshot can mend it. */
  forget(): void {
    this.position = null;
    this.phase = 'idle';
    this.dropPages();
  }

  /** Yields the whole snapshot with its last page, null before it: nothing half is ever shown. */
  snapshot(frame: Snapshot, epoch: string): Step<AssetWire[] | null> {
    if (this.phase === 'idle' || this.strayPage(frame.page)) return IGNORED;
    if (!this.takesPage(frame.page, frame.key)) return GAP;
    for (const asset of frame.assets ?? []) this.assetPages.set(asset.n, asset);
    for (const n of frame.gone ?? []) this.assetPages.delete(n);
    if (!frame.last) return { fit: null };
    const assets = [...this.assetPages.values()];
    this.follow(frame.seq);
    this.epoch = epoch;
    return { fit: assets };
  }

  delta(frame: Delta): Step<Delta> {
    if (this.phase === 'idle' || this.awaitingSnapshot) return IGNORED;
    if (this.phase === 'paging' || frame.from !== this.position) return GAP;
    this.follow(frame.to);
    return { fit: frame };
  }

  /** Yields the open alerts with the last page; an empty `resumed` page only confirms the position. */
  alerts(frame: AlertsPage): Step<AlertWire[] | null> {
    if (this.phase === 'idle' || this.strayPage(frame.page)) return IGNORED;
    if (frame.resumed === true) {
      if (this.position !== frame.alert_seq) return GAP;
      this.follow(frame.alert_seq);
      return { fit: null };
    }
    if (!this.takesPage(frame.page, frame.key)) return GAP;
    for (const alert of frame.alerts) this.alertPages.push(alert);
    if (!frame.last) return { fit: null };
    const alerts = this.alertPages;
    this.refused = alerts.some(({ durable }) => durable === false) ? frame.alert_seq : null;
    this.follow(frame.alert_seq);
    return { fit: alerts };
  }

  alert(frame: AlertEvent): Step<AlertEvent> {
    if (this.phase === 'idle' || this.awaitingSnapshot) return IGNORED;
    if (this.phase === 'paging' || this.position === null) return GAP;
    if (frame.alert_seq <= this.position) return IGNORED;
    if (frame.prev !== this.position) return GAP;
    this.refused = frame.alert.durable === false ? frame.alert_seq : null;
    this.follow(frame.alert_seq);
    return { fit: frame };
  }

  /**
   * The position the server says we have. Ahead of ours on a state topic it is ours now: nothing in between concerned the
   * filter. False when it is behind, which no server should say: what we hold cannot be trusted.
   */
  confirm(serverPosition: number): boolean {
    if (this.phase !== 'following' || this.position === null) return true;
    if (this.wanted.topic === 'alerts') return serverPosition >= this.position;
    if (serverPosition < this.position) return false;
    this.position = serverPosition;
    return true;
  }

  /** Frames sent before a resubscription reached the server still arrive under the same number. */
  private get awaitingSnapshot(): boolean {
    return this.phase === 'waiting' && this.position === null;
  }

  private strayPage(page: number): boolean {
    return this.phase === 'waiting' && page > 0;
  }

  private takesPage(page: number, key: string): boolean {
    if (page === 0) this.dropPages();
    else if (this.phase !== 'paging' || page !== this.nextPage) return false;
    this.phase = 'paging';
    this.key = key;
    this.position = null;
    this.nextPage = page + 1;
    return true;
  }

  private follow(position: number): void {
    this.phase = 'following';
    this.position = position;
    this.dropPages();
  }

  private dropPages(): void {
    this.assetPages.clear();
    this.alertPages = [];
    this.nextPage = 0;
  }
}
