// The alerts that fired since a moment, page by page from the HTTP API. Owns reading them safely.

import type { Alert } from './alerts';
import { list, number, record } from './json';

const PAGE = 1_000;
/** More than any day of a city that is usable; what is older is then not known. */
const MOST_PAGES = 20;

/** Oldest first; `complete` when nothing since then is missing. */
export async function pastAlerts(since: number, get: (path: string) => Promise<unknown>): Promise<{ alerts: Alert[]; complete: boolean }> {
  const found = new Map<string, Alert>();
  let before: number | null = null;
  let complete = false;
  for (let page = 0; page < MOST_PAGES && !complete; page += 1) {
    const until: string = before === null ? '' : `&before=${before}`;
    const answer = record(await get(`api/v1/alerts?state=all&fired=true&since=${since}&limit=${PAGE}${until}`));
    for (const alert of list(answer['alerts'], 'alerts').filter(isAlert)) found.set(alert.id, alert);
    const oldest = number(answer['next_before']);
    complete = oldest === null;
    // A page may end amid alerts of one moment: they are asked for again, unless that leads nowhere.
    if (oldest !== null) before = before === oldest + 1 ? oldest : oldest + 1;
  }
  return { alerts: [...found.values()].sort((a, b) => a.started_at - b.started_at), complete };
}

/** What is none is passed over. */
function isAlert(value: unknown): value is Alert {
  return typeof value === 'object' && value !== null && 'severity' in value && 'started_at' in value;
}
