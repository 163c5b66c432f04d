// The state of a screen as it stands in the URL, so that a kiosk comes back after a reboot as it was. Pure reading and
// writing of query strings; unknown parameters (a gateway's own) are left alone.

import type { Severity } from '../live/wire';
import type { Seat } from './sizing';
import type { Lang } from './words';

export type Theme = 'dark' | 'light';

export interface Address {
  /** A screen of `wall.yaml`; one that it does not have is its first. */
  screen: string;
  lang: Lang;
  theme: Theme | null;
  /** Width and distance as somebody measured them; without, the screen's standard counts. */
  seat: Partial<Seat>;
  minSeverity: Severity | null;
  domain: string | null;
  area: string | null;
  text: string;
  onlyUnacked: boolean;
  showShelved: boolean;
  selected: string | null;
  hiddenDomains: string[];
  muted: boolean;
  /** A screen nobody operates: no buttons. */
  kiosk: boolean;
  /** The screens that take turns, and for how many seconds each; none: no rotation. */
  rotate: string[];
  every: number;
}

/** Nobody reads a screen in less. */
const LEAST_TURN_S = 5;
const STANDARD_TURN_S = 30;
const SEVERITY_WORDS: readonly Severity[] = ['low', 'medium', 'high', 'critical'];

export function readAddress(query: string): Address {
  const q = new URLSearchParams(query);
  const [width, distance] = [within(q.get('w'), 0.2, 30), within(q.get('d'), 0.3, 50)];
  const theme = q.get('theme');
  return {
    screen: q.get('screen') ?? '',
    lang: q.get('lang') === 'en' ? 'en' : 'vi',
    theme: theme === 'dark' || theme === 'light' ? theme : null,
    seat: { ...(width === null ? {} : { screenWidth: width }), ...(distance === null ? {} : { distance }) },
    minSeverity: SEVERITY_WORDS.find((s) => s === q.get('sev')) ?? null,
    domain: q.get('domain'),
    area: q.get('area'),
    text: q.get('q') ?? '',
    onlyUnacked: q.get('unacked') === '1',
    showShelved: q.get('shelved') === '1',
    selected: q.get('alert'),
    hiddenDomains: names(q.get('hide')),
    muted: q.get('muted') === '1',
    kiosk: q.get('kiosk') === '1',
    rotate: names(q.get('rotate')),
    every: within(q.get('every'), LEAST_TURN_S, 3_600) ?? STANDARD_TURN_S,
  };
}

/** The query string of an address, on top of what else the URL carried. */
export function writeAddress(address: Address, before: string): string {
  const q = new URLSearchParams(before);
  const set = (name: string, value: string | null): void => {
    if (value === null || value === '') q.delete(name);
    else q.set(name, value);
  };
  set('screen', address.screen);
  set('lang', address.lang === 'vi' ? null : address.lang);
  set('theme', address.theme);
  set('w', address.seat.screenWidth?.toString() ?? null);
  set('d', address.seat.distance?.toString() ?? null);
  set('sev', address.minSeverity);
  set('domain', address.domain);
  set('area', address.area);
  set('q', address.text);
  set('unacked', address.onlyUnacked ? '1' : null);
  set('shelved', address.showShelved ? '1' : null);
  set('alert', address.selected);
  set('hide', address.hiddenDomains.join(','));
  set('muted', address.muted ? '1' : null);
  set('kiosk', address.kiosk ? '1' : null);
  set('rotate', address.rotate.join(','));
  set('every', address.every === STANDARD_TURN_S ? null : String(address.every));
  return `?${q.toString()}`;
}

function names(text: string | null): string[] {
  return (text ?? '').split(',').filter((name) => name !== '');
}

function within(value: string | null, low: number, high: number): number | null {
  const n = value === null ? NaN : Number(value);
  return n >= low && n <= high ? n : null;
}
