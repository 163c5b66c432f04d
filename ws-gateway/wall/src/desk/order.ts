// Which alerts the desk lists and in which order, and how it keeps still under a pointer. Pure.

import { byUrgency, calls, RANK, type Alert } from '../store/alerts';
import type { Address } from '../chrome/address';
import { domainOf } from '../map/shapes';
import type { Area } from '../map/schematic';

export type Filters = Pick<Address, 'minSeverity' | 'domain' | 'area' | 'text' | 'onlyUnacked' | 'showShelved'>;

export function wanted(alerts: Iterable<Alert>, filters: Filters, areas: Map<string, Area>): Alert[] {
  const words = fold(filters.text).split(' ').filter((word) => word !== '');
  const kept: Alert[] = [];
  for (const alert of alerts) {
    if (alert.state === 'pending' || (!filters.showShelved && !calls(alert))) continue;
    if (filters.minSeverity !== null && RANK[alert.severity] < RANK[filters.minSeverity]) continue;
    if (filters.domain !== null && domainOf(alert.kind ?? '') !== filters.domain) continue;
    if (filters.area !== null && !within(alert.area, filters.area, areas)) continue;
    if (filters.onlyUnacked && alert.ack !== null) continue;
    if (words.length > 0 && !matches(alert, words)) continue;
    kept.push(alert);
  }
  return kept.sort(byUrgency);
}

function within(code: string | null, ancestor: string, areas: Map<string, Area>): boolean {
  for (let at = code; at !== null; at = areas.get(at)?.parent ?? null) if (at === ancestor) return true;
  return false;
}

function matches(alert: Alert, words: string[]): boolean {
  const text = fold(`${alert.summary.vi} ${alert.summary.en} ${alert.rule} ${Object.values(alert.key).join(' ')}`);
  return words.every((word) => text.includes(word));
}

/** Without case and diacritics, so that `song cau` finds `Sông Cầu`. */
export function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').replace(/[đĐ]/g, 'd').toLowerCase();
}

/**
 * The rows while somebody's pointer is in the list: those shown stay where they are, whatever became of them; what is
 * new waits outside. `waiting` says how much a release would change.
 */
export function hold(shown: string[], target: string[]): { rows: string[]; waiting: number } {
  const wantedNow = new Set(target);
  const shownNow = new Set(shown);
  const arrived = target.filter((id) => !shownNow.has(id)).length;
  const left = shown.filter((id) => !wantedNow.has(id)).length;
  return { rows: shown, waiting: arrived + left };
}
