// The load strip's figures after ISA-18.2 and EEMUA 191. Owns what is counted since the page was opened plus what the
// open alerts themselves tell; says from when it counts, because a page knows nothing of the time before it.

import { calls, since, type Alert } from './alerts';
import type { Severity } from '../live/wire';

const TEN_MINUTES_MS = 600_000;
const DAY_MS = 86_400_000;
/** More raises than any screen could show; beyond it the oldest are forgotten and the window says so by its start. */
const MAX_RAISES = 20_000;
const MAX_ACK_TIMES = 500;
/** EEMUA 191: a flood begins above 10 in 10 minutes an operator, and ends below 5. */
const FLOOD_ABOVE = 10;
const FLOOD_ENDS_BELOW = 5;

interface Raise {
  at: number;
  severity: Severity;
}

export interface LoadFigures {
  perTenMinutes: number;
  flood: boolean;
  standing: number;
  standingOverADay: number;
  unacknowledged: number;
  shelved: number;
  suppressed: number;
  open: Record<Severity, number>;
  /** Shares of the raises of the last day, in percent: critical and high, medium, low. Null when there were none. */
  mix: [number, number, number] | null;
  medianAckMs: number | null;
  acknowledged: number;
}

export class LoadCounter {
  private readonly raises = new Map<string, Raise>();
  private readonly ackTimes = new Map<string, number>();
  private flood = false;

  /** Every form of an alert passes here; the same one twice counts once. */
  see(alert: Alert): void {
    if (alert.fired_at === null || !raisedAttention(alert)) return;
    this.raises.set(alert.id, { at: alert.fired_at, severity: alert.severity });
    evictOldest(this.raises, MAX_RAISES);
    if (alert.ack === null) return;
    this.ackTimes.set(alert.id, Math.max(0, alert.ack.at - alert.fired_at));
    evictOldest(this.ackTimes, MAX_ACK_TIMES);
  }

  figures(alerts: Iterable<Alert>, now: number, operators: number): LoadFigures {
    const recent = this.raisesAfter(now - TEN_MINUTES_MS).length / Math.max(1, operators);
    this.flood = recent > FLOOD_ABOVE || (this.flood && recent >= FLOOD_ENDS_BELOW);
    return {
      ...openFigures(alerts, now),
      perTenMinutes: recent,
      flood: this.flood,
      mix: mixOf(this.raisesAfter(now - DAY_MS)),
      medianAckMs: median([...this.ackTimes.values()]),
      acknowledged: this.ackTimes.size,
    };
  }

  private raisesAfter(time: number): Raise[] {
    return [...this.raises.values()].filter((raise) => raise.at > time);
  }
}

function raisedAttention(alert: Alert): boolean {
  const how = alert.annunciation ?? 'annunciated';
  return how === 'annunciated';
}

type OpenFigures = Pick<
  LoadFigures,
  'standing' | 'standingOverADay' | 'unacknowledged' | 'shelved' | 'suppressed' | 'open'
>;

function openFigures(alerts: Iterable<Alert>, now: number): OpenFigures {
  const open: Record<Severity, number> = { critical: 0, high: 0, medium: 0, low: 0 };
  const figures = { standing: 0, standingOverADay: 0, unacknowledged: 0, shelved: 0, suppressed: 0, open };
  for (const alert of alerts) {
    if (alert.state !== 'firing') continue;
    if (alert.shelved !== null) figures.shelved += 1;
    else if (!calls(alert)) figures.suppressed += 1;
    else {
      figures.standing += 1;
      open[alert.severity] += 1;
      if (alert.ack === null) figures.unacknowledged += 1;
      if (now - since(alert) > DAY_MS) figures.standingOverADay += 1;
    }
  }
  return figures;
}

function mixOf(raises: Raise[]): LoadFigures['mix'] {
  if (raises.length === 0) return null;
  const share = (...of: Severity[]): number =>
    Math.round((100 * raises.filter((r) => of.includes(r.severity)).length) / raises.length);
  const top = share('critical', 'high');
  const medium = share('medium');
  return [top, medium, 100 - top - medium];
}

export function median(values: number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

function evictOldest<T>(map: Map<string, T>, limit: number): void {
  for (const key of map.keys()) {
    if (map.size <= limit) return;
    map.delete(key);
  }
}
