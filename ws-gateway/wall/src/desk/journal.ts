// What operators did to an alert, and who was told when none did, as the API tells it. Owns reading it safely and making shelvings readable. Pure.

import { list, number, record, text } from '../store/json';

const DID = ['acknowledge', 'shelve', 'unshelve', 'assign', 'comment', 'escalate'] as const;

export interface Entry {
  at: number;
  by: string;
  did: (typeof DID)[number];
  detail: string;
}

/** An action unknown here is passed over: a newer server may have more. */
export function readJournal(answer: unknown): Entry[] {
  return list(answer, 'entries').flatMap((value) => {
    const entry = record(value);
    const did = DID.find((known) => known === entry['action']);
    const [at, by] = [number(entry['at']), text(entry['by'])];
    if (did === undefined || at === null || by === null) return [];
    // The store keeps `until <milliseconds>: <reason>`; the time stands with the alert itself.
    const detail = (text(entry['detail']) ?? '').replace(/^until \d+: /, '');
    return [{ at, by, did, detail }];
  });
}
