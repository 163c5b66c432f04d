// The outlines of everything drawn small: one shape a domain, one a severity. SVG path data in a 16 × 16 box, used by
// the map's canvas and the panels alike, so that a legend cannot differ from what it explains.

import type { Severity } from '../live/wire';

const DOMAIN_SHAPES: Record<string, string> = {
  wifi: 'M8 14 1.5 6.5A9.5 9.5 0 0 1 14.5 6.5Z',
  env: 'M8 1C11 5.5 13 8 13 10.5A5 5 0 0 1 3 10.5C3 8 5 5.5 8 1Z',
  road: 'M2.5 14 6 2H10L13.5 14Z',
  light: 'M8 1 9.9 6.1 15 8 9.9 9.9 8 15 6.1 9.9 1 8 6.1 6.1Z',
  cctv: 'M1 4.5H10V11.5H1ZM11 7 15 4.5V11.5L11 9Z',
  queue: 'M2.5 2.5H13.5V5.3H2.5ZM2.5 6.6H13.5V9.4H2.5ZM2.5 10.7H13.5V13.5H2.5Z',
  trans: 'M.5 8 8 4 15.5 8 8 12Z',
  net: 'M3 3H13V13H3Z',
  dc: 'M8 1 14 4.5V11.5L8 15 2 11.5V4.5Z',
  health: 'M6 1.5H10V6H14.5V10H10V14.5H6V10H1.5V6H6Z',
  pharm: 'M5 4.5H11A3.5 3.5 0 0 1 11 11.5H5A3.5 3.5 0 0 1 5 4.5Z',
  doc: 'M3.5 1.5H9.5L13 5V14.5H3.5Z',
  edu: 'M8 2 15 7.5H13V14H3V7.5H1Z',
  post: 'M1.5 4H14.5V12H1.5Z',
  web: 'M8 2.5A5.5 5.5 0 1 1 7.99 2.5Z',
};

const OTHER = 'M8 1.5 14.5 8 8 14.5 1.5 8Z';

/** The shape of a kind, `wifi/ap`, or of a domain, `wifi`. A domain unknown here is a diamond. */
export function shapeOf(kind: string): string {
  return DOMAIN_SHAPES[domainOf(kind)] ?? OTHER;
}

export function domainOf(kind: string): string {
  return kind.split('/')[0] ?? kind;
}

export const SEVERITY_SHAPES: Record<Severity, string> = {
  critical: 'M5.1 1H10.9L15 5.1V10.9L10.9 15H5.1L1 10.9V5.1Z',
  high: 'M8 .8 15.6 14.6H.4Z',
  medium: 'M8 .5 15.5 8 8 15.5 .5 8Z',
  low: 'M8 1.2A6.8 6.8 0 1 1 7.99 1.2Z',
};

/** Where the letter sits in its shape: the middle of a triangle is lower than its box's. */
export const LETTER_Y: Record<Severity, number> = { critical: 8, high: 9.9, medium: 8, low: 8 };
