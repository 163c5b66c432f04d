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

  replace(alerts: AlertWire[]): void {
    this.open.clear();
    for (const alert of alerts) this.put(alert);
    this.version += 1;
  }

  apply(alert: AlertWire, matches: boolean): void {
    if (matches) this.put(alert);
    else this.open.delete(alert.id);
    this.version += 1;
  }

  /** An alert of the past that never came over the link. */
  remember(alert: AlertWire): void {
    if (!this.ended.has(alert.id) && !this.open.has(alert.id)) this.put(alert);
    this.version += 1;
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

/** The alerts of an answer of the HTTP API, oldest first; what is none is passed over. */
export function alertsOf(answer: unknown): Alert[] {
  const { alerts } = (typeof answer === 'object' && answer !== null ? answer : {}) as { alerts?: unknown };
  if (!Array.isArray(alerts)) return [];
  const known = alerts.filter((a): a is Alert => typeof a === 'object' && a !== null && 'severity' in a && 'started_at' in a);
  return known.sort((a, b) => a.started_at - b.started_at);
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
