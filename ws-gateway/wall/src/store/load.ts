// The load strip's figures after ISA-18.2 and EEMUA 191. Owns the raises of the last day as far as this page knows them,
// and what the open alerts themselves tell; leaves what a day's raises mean to day.ts.

import { calls, since, type Alert } from './alerts';
import { DAY_MS, dayFigures, inFlood, TEN_MINUTES_MS, type DayFigures, type Raise } from './day';

/** More raises than any day should have; beyond it the oldest are forgotten. */
const MAX_RAISES = 20_000;
/** A day's figures move slowly: taken again at most this often. */
const DAY_EVERY_MS = 5_000;

export interface LoadFigures {
  perTenMinutes: number;
  flood: boolean;
  standing: number;
  standingOverADay: number;
  unacknowledged: number;
  shelved: number;
  suppressed: number;
  day: DayFigures;
}

export class LoadCounter {
  private readonly raises = new Map<string, Raise>();
  private flood = false;
  /** From when raises are known; null before the first was seen. */
  private knownSince: number | null = null;
  private day: { at: number; figures: DayFigures } | null = null;

  /** The raises from here on are complete. */
  complete(from: number): void {
    this.knownSince = Math.min(from, this.knownSince ?? from);
    this.day = null;
  }

  /** Every form of an alert passes here; the same one twice counts once. */
  see(alert: Alert): void {
    if (alert.fired_at === null || (alert.annunciation ?? 'annunciated') !== 'annunciated') return;
    const after = (time: number | null | undefined): number | null => (time == null ? null : Math.max(0, time - (alert.fired_at ?? 0)));
    const before = this.raises.get(alert.id);
    this.raises.set(alert.id, {
      at: alert.fired_at,
      severity: alert.severity,
      source: `${alert.rule} ${JSON.stringify(alert.key)}`,
      rule: alert.rule,
      summary: alert.summary,
      // The first acknowledgement counts: one that got worse is asked for again.
      acknowledgedAfter: before?.acknowledgedAfter ?? after(alert.ack?.at),
      resolvedAfter: after(alert.resolved_at),
    });
    for (const oldest of this.raises.keys()) {
      if (this.raises.size <= MAX_RAISES) break;
      this.raises.delete(oldest);
    }
  }

  figures(alerts: Iterable<Alert>, now: number, operators: number): LoadFigures {
    const from = now - TEN_MINUTES_MS;
    let raised = 0;
    for (const { at } of this.raises.values()) if (at > from) raised += 1;
    const perTenMinutes = raised / Math.max(1, operators);
    this.flood = inFlood(this.flood, perTenMinutes);
    return { ...openFigures(alerts, now), perTenMinutes, flood: this.flood, day: this.dayOf(now, operators) };
  }

  private dayOf(now: number, operators: number): DayFigures {
    if (this.day !== null && now >= this.day.at && now - this.day.at < DAY_EVERY_MS) return this.day.figures;
    const from = Math.max(now - DAY_MS, this.knownSince ?? -Infinity);
    for (const [id, { at }] of this.raises) if (at <= now - DAY_MS) this.raises.delete(id);
    const raises = [...this.raises.values()].sort((a, b) => a.at - b.at);
    const figures = dayFigures(raises, from, now, operators);
    this.day = { at: now, figures };
    return figures;
  }
}

type OpenFigures = Pick<LoadFigures, 'standing' | 'standingOverADay' | 'unacknowledged' | 'shelved' | 'suppressed'>;

function openFigures(alerts: Iterable<Alert>, now: number): OpenFigures {
  const figures = { standing: 0, standingOverADay: 0, unacknowledged: 0, shelved: 0, suppressed: 0 };
  for (const alert of alerts) {
    if (alert.state !== 'firing') continue;
    if (alert.shelved !== null) figures.shelved += 1;
    else if (!calls(alert)) figures.suppressed += 1;
    else {
      figures.standing += 1;
      if (alert.ack === null) figures.unacknowledged += 1;
      if (now - since(alert) > DAY_MS) figures.standingOverADay += 1;
    }
  }
  return figures;
}
