// What the alerts of the last day say about the alerting itself, after ISA-18.2 and EEMUA 191: how much of it was a flood,
// which sources are noisy, how fast people were. Pure.

import type { Localized, Severity } from '../live/wire';

const MINUTE_MS = 60_000;
export const TEN_MINUTES_MS = 10 * MINUTE_MS;
export const DAY_MS = 1_440 * MINUTE_MS;
/** EEMUA 191: a flood begins above 10 in 10 minutes an operator, and ends below 5. */
const FLOOD_ABOVE = 10;
const FLOOD_ENDS_BELOW = 5;
/** ISA-18.2: what comes three times within a minute chatters. */
const CHATTER_COUNT = 3;
const CHATTER_MS = MINUTE_MS;
const NOISIEST = 10;

/** One alert that called for attention. */
export interface Raise {
  at: number;
  severity: Severity;
  /** Rule and key: the same alarm each time it comes. */
  source: string;
  rule: string;
  summary: Localized;
  /** Milliseconds from firing; null while nobody has, or it is not over. */
  acknowledgedAfter: number | null;
  resolvedAfter: number | null;
}

/** An alarm that came more than once, with its words of the last time. */
export interface Source {
  name: string;
  rule: string;
  summary: Localized;
  count: number;
  chatters: boolean;
}

export interface DayFigures {
  raised: number;
  /** Share of the minutes in flood, in percent. */
  floodShare: number;
  /** Shares of the raises, in percent: critical and high, medium, low. Null when there were none. */
  mix: [number, number, number] | null;
  /** Those that came most often. */
  noisiest: Source[];
  /** Their share of all raises, in percent; null when there were none. */
  noisiestShare: number | null;
  chattering: number;
  medianAckMs: number | null;
  acknowledged: number;
  medianResolveMs: number | null;
  resolved: number;
}

/** `since`: from when raises are known, a day ago at the earliest. The raises come in the order of their times. */
export function dayFigures(raises: Raise[], since: number, now: number, operators: number): DayFigures {
  const sources = sourcesOf(raises);
  const noisiest = sources.slice(0, NOISIEST);
  const known = (times: (number | null)[]): number[] => times.filter((time) => time !== null);
  const acknowledged = known(raises.map((raise) => raise.acknowledgedAfter));
  const resolved = known(raises.map((raise) => raise.resolvedAfter));
  const noisy = noisiest.reduce((sum, { count }) => sum + count, 0);
  return {
    raised: raises.length,
    floodShare: floodShare(raises, since, now, operators),
    mix: mixOf(raises),
    noisiest,
    noisiestShare: raises.length === 0 ? null : Math.round((100 * noisy) / raises.length),
    chattering: sources.filter(({ chatters }) => chatters).length,
    medianAckMs: median(acknowledged),
    acknowledged: acknowledged.length,
    medianResolveMs: median(resolved),
    resolved: resolved.length,
  };
}

/** Minute by minute, each judged by the ten minutes before it, as the strip judges the present. */
function floodShare(raises: Raise[], since: number, now: number, operators: number): number {
  const times = raises.map(({ at }) => at).filter((at) => at <= now);
  let [flood, minutes, flooded, first, next] = [false, 0, 0, 0, 0];
  for (let minute = since; minute <= now; minute += MINUTE_MS) {
    while ((times[next] ?? Infinity) <= minute) next += 1;
    while ((times[first] ?? Infinity) <= minute - TEN_MINUTES_MS) first += 1;
    flood = inFlood(flood, (next - first) / Math.max(1, operators));
    minutes += 1;
    if (flood) flooded += 1;
  }
  return minutes === 0 ? 0 : (100 * flooded) / minutes;
}

/** With hysteresis: what an operator is flooded by ends later than it begins. */
export function inFlood(before: boolean, perTenMinutes: number): boolean {
  return perTenMinutes > FLOOD_ABOVE || (before && perTenMinutes >= FLOOD_ENDS_BELOW);
}

/** The most frequent first. */
function sourcesOf(raises: Raise[]): Source[] {
  const times = new Map<string, Raise[]>();
  for (const raise of raises) {
    const known = times.get(raise.source);
    if (known === undefined) times.set(raise.source, [raise]);
    else known.push(raise);
  }
  const sources = [...times].map(([name, all]): Source => {
    const last = all[all.length - 1];
    const chatters = all.some((raise, i) => (all[i + CHATTER_COUNT - 1]?.at ?? Infinity) - raise.at <= CHATTER_MS);
    return { name, rule: last?.rule ?? '', summary: last?.summary ?? { vi: '', en: '' }, count: all.length, chatters };
  });
  return sources.sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
}

function mixOf(raises: Raise[]): DayFigures['mix'] {
  if (raises.length === 0) return null;
  const share = (...of: Severity[]): number =>
    Math.round((100 * raises.filter((r) => of.includes(r.severity)).length) / raises.length);
  const top = share('critical', 'high');
  const medium = share('medium');
  // Two halves round up to 101.
  return [top, medium, Math.max(0, 100 - top - medium)];
}

export function median(values: number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
