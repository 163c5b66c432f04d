// One row an area: the worst of its open alerts, how many there are, and how much of its equipment is heard. Pure.

import type { Severity } from '../live/wire';
import { calls, RANK, type Alert } from './alerts';
import type { Asset } from './assets';

export interface AreaRow {
  code: string;
  worst: Severity | null;
  open: number;
  assets: number;
  live: number;
}

/** The worst first, then the least heard. No kinds asks for all of them. */
export function areaRows(
  alerts: Iterable<Alert>,
  assets: Iterable<Asset>,
  kinds: ReadonlySet<string>,
  areaOf: (alert: Alert) => string | null,
): AreaRow[] {
  const rows = new Map<string, AreaRow>();
  const row = (code: string): AreaRow => {
    const known = rows.get(code) ?? { code, worst: null, open: 0, assets: 0, live: 0 };
    rows.set(code, known);
    return known;
  };
  const wanted = (kind: string | null): boolean => kinds.size === 0 || (kind !== null && kinds.has(kind));
  for (const asset of assets) {
    if (asset.area === null || !wanted(asset.kind)) continue;
    const at = row(asset.area);
    at.assets += 1;
    if (asset.freshness === 'live') at.live += 1;
  }
  for (const alert of alerts) {
    const area = areaOf(alert);
    if (area === null || !calls(alert) || !wanted(alert.kind)) continue;
    const at = row(area);
    at.open += 1;
    if (at.worst === null || RANK[alert.severity] > RANK[at.worst]) at.worst = alert.severity;
  }
  const rank = ({ worst }: AreaRow): number => (worst === null ? 0 : RANK[worst]);
  const silent = ({ assets: all, live }: AreaRow): number => all - live;
  return [...rows.values()].sort((a, b) => rank(b) - rank(a) || b.open - a.open || silent(b) - silent(a) || (a.code < b.code ? -1 : 1));
}
