// Every open alert and the last ones that ended. Owns the records and their order; leaves acting on them to the server,
// whose answer comes back as a change like any other.

import type { AlertWire, Severity } from '../live/wire';

export type Alert = AlertWire;

export const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low'];
export const RANK: Record<Severity, number> = { critical: 4, high: 3, medium: 2, low: 1 };

/** Ended alerts kept for the ticker and for a desk that still looks at one. */
const KEEP_ENDED = 200;

export class AlertStore {
  private readonly open = new Map<string, Alert>();
  private readonly ended = new Map<string, Alert>();
  /** Alerts whose last step the disk refused, and the event by which it is committed. */
  private readonly refused = new Map<string, number>();
  version = 0;

  all(): IterableIterator<Alert> {
    return this.open.values();
  }

  /** Newest last. */
  recent(): Alert[] {
    return [...this.ended.values()];
  }

  get(id: string): Alert | undefined {
    return this.open.get(id) ?? this.ended.get(id);
  }

  /** False while the disk refuses its last step: shown all the same, and marked. */
  durable(id: string): boolean {
    return !this.refused.has(id);
  }

  /** The open alerts as of an event of the log. */
  replace(alerts: AlertWire[], seq: number): void {
    this.open.clear();
    this.refused.clear();
    for (const alert of alerts) this.take(alert, seq);
    this.version += 1;
  }

  apply(alert: AlertWire, matches: boolean, seq: number): void {
    if (matches) this.take(alert, seq);
    else this.open.delete(alert.id);
    this.version += 1;
  }

  /** Everything up to this event is committed; true when that takes a mark off. */
  committed(seq: number): boolean {
    const before = this.refused.size;
    for (const [id, at] of this.refused) if (at <= seq) this.refused.delete(id);
    return this.refused.size < before;
  }

  /** An alert of the past that never came over the link. */
  remember(alert: AlertWire): void {
    if (!this.ended.has(alert.id) && !this.open.has(alert.id)) this.put(alert);
    this.version += 1;
  }

  private take(alert: AlertWire, seq: number): void {
    if (alert.durable === false) this.refused.set(alert.id, seq);
    else this.refused.delete(alert.id);
    this.put(alert);
  }

  private put(alert: AlertWire): void {
    if (alert.state !== 'resolved') {
      this.ended.delete(alert.id);
      this.open.set(alert.id, alert);
      return;
    }
    this.open.delete(alert.id);
    this.ended.delete(alert.id);
    // What never fired was nobody's concern; a noisy rule must not push out what was.
    if (alert.fired_at === null) return;
    this.ended.set(alert.id, alert);
    for (const id of this.ended.keys()) {
      if (this.ended.size <= KEEP_ENDED) break;
      this.ended.delete(id);
    }
  }
}

/** Firing and calling for attention: what colours the map, sounds and counts as load. */
export function calls(alert: Alert): boolean {
  return alert.state === 'firing' && alert.shelved === null && (alert.annunciation ?? 'annunciated') === 'annunciated';
}

/** The firing alerts a cause explains, by the cause's id. */
export function explained(alerts: Iterable<Alert>): Map<string, Alert[]> {
  const byCause = new Map<string, Alert[]>();
  for (const alert of alerts) {
    const cause = alert.inhibited_by ?? null;
    if (cause === null || alert.state !== 'firing') continue;
    const known = byCause.get(cause);
    if (known === undefined) byCause.set(cause, [alert]);
    else known.push(alert);
  }
  return byCause;
}

export function since(alert: Alert): number {
  return alert.fired_at ?? alert.started_at;
}

/** Severity, then the newest first; the id last so that the order is total. Times are the engine's, never a device's. */
export function byUrgency(a: Alert, b: Alert): number {
  return RANK[b.severity] - RANK[a.severity] || since(b) - since(a) || (a.id < b.id ? -1 : 1);
}
