// The state of a screen as it stands in the URL, so that a kiosk comes back after a reboot as it was. Pure reading and
// writing of query strings; unknown parameters (a gateway's own) are left alone.

import type { Severity } from '../live/wire';
import { DESK_SEAT, WALL_SEAT, type Seat } from './sizing';
import type { Lang } from './words';

export type ScreenName = 'province' | 'desk';
export type Theme = 'dark' | 'light';

export interface Address {
  screen: ScreenName;
  lang: Lang;
  theme: Theme | null;
  seat: Seat;
  minSeverity: Severity | null;
  domain: string | null;
  area: string | null;
  text: string;
  onlyUnacked: boolean;
  showShelved: boolean;
  selected: string | null;
  hiddenDomains: string[];
  muted: boolean;
}

const SEVERITY_WORDS: readonly Severity[] = ['low', 'medium', 'high', 'critical'];

export function readAddress(query: string): Address {
  const q = new URLSearchParams(query);
  const screen: ScreenName = q.get('screen') === 'desk' ? 'desk' : 'province';
  const standard = screen === 'desk' ? DESK_SEAT : WALL_SEAT;
  const theme = q.get('theme');
  return {
    screen,
    lang: q.get('lang') === 'en' ? 'en' : 'vi',
    theme: theme === 'dark' || theme === 'light' ? theme : null,
    seat: {
      screenWidth: within(q.get('w'), 0.2, 30) ?? standard.screenWidth,
      distance: within(q.get('d'), 0.3, 50) ?? standard.distance,
    },
    minSeverity: SEVERITY_WORDS.find((s) => s === q.get('sev')) ?? null,
    domain: q.get('domain'),
    area: q.get('area'),
    text: q.get('q') ?? '',
    onlyUnacked: q.get('unacked') === '1',
    showShelved: q.get('shelved') === '1',
    selected: q.get('alert'),
    hiddenDomains: (q.get('hide') ?? '').split(',').filter((d) => d !== ''),
    muted: q.get('muted') === '1',
  };
}

/** The query string of an address, on top of what else the URL carried. */
export function writeAddress(address: Address, before: string): string {
  const q = new URLSearchParams(before);
  const standard = address.screen === 'desk' ? DESK_SEAT : WALL_SEAT;
  const set = (name: string, value: string | null): void => {
    if (value === null || value === '') q.delete(name);
    else q.set(name, value);
  };
  set('screen', address.screen);
  set('lang', address.lang === 'vi' ? null : address.lang);
  set('theme', address.theme);
  set('w', address.seat.screenWidth === standard.screenWidth ? null : String(address.seat.screenWidth));
  set('d', address.seat.distance === standard.distance ? null : String(address.seat.distance));
  set('sev', address.minSeverity);
  set('domain', address.domain);
  set('area', address.area);
  set('q', address.text);
  set('unacked', address.onlyUnacked ? '1' : null);
  set('shelved', address.showShelved ? '1' : null);
  set('alert', address.selected);
  set('hide', address.hiddenDomains.join(','));
  set('muted', address.muted ? '1' : null);
  return `?${q.toString()}`;
}

function within(value: string | null, low: number, high: number): number | null {
  const n = value === null ? NaN : Number(value);
  return n >= low && n <= high ? n : null;
}
