// Numbers, times and units as people of the centre read them. Pure.

import type { Lang } from './words';

const UNITS: Record<string, string> = {
  Cel: '°C',
  'ug/m3': 'µg/m³',
  'mg/m3': 'mg/m³',
  min: 'phút',
  's': 's',
  '1': '',
  '1/s': '/s',
  '{count}': '',
  'dB[SPL]': 'dB',
  'dB[mW]': 'dBm',
  'dB(A)': 'dB(A)',
};
const UNITS_EN: Record<string, string> = { min: 'min' };

/** A UCUM code as it is written on a screen. */
export function unitName(unit: string | null | undefined, lang: Lang): string {
  if (unit === null || unit === undefined) return '';
  if (lang === 'en' && UNITS_EN[unit] !== undefined) return UNITS_EN[unit];
  return UNITS[unit] ?? (unit.startsWith('{') ? '' : unit);
}

export function numberText(value: number, lang: Lang): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return formatter(lang, digits).format(value);
}

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `14 MiB`: room on a disk. */
export function bytesText(bytes: number, lang: Lang): string {
  const power = bytes < 1 ? 0 : Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${numberText(bytes / 1024 ** power, lang)} ${BYTE_UNITS[power] ?? ''}`;
}

const formatters = new Map<string, Intl.NumberFormat>();

function formatter(lang: Lang, digits: number): Intl.NumberFormat {
  const name = `${lang} ${digits}`;
  let made = formatters.get(name);
  if (made === undefined) {
    made = new Intl.NumberFormat(lang === 'vi' ? 'vi-VN' : 'en-GB', { maximumFractionDigits: digits });
    formatters.set(name, made);
  }
  return made;
}

/** An area's name without its level, for where room is short. */
export function shortArea(name: string): string {
  return name.replace(/^(Phường|Xã|Thị trấn|Thị xã|Huyện|Thành phố) |( (Ward|Commune|District|Town|City))$/g, '');
}

/** How long: `42 s`, `3 ph 05`, `2 g 10`, `3 ngày`. Never more than two units. */
export function ageText(ms: number, lang: Lang): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const [m, h, d] = lang === 'vi' ? ['phút', 'giờ', 'ngày'] : ['min', 'h', 'd'];
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} ${m}`;
  if (s < 86_400) return `${Math.floor(s / 3600)} ${h} ${String(Math.floor((s % 3600) / 60)).padStart(2, '0')}`;
  return `${Math.floor(s / 86_400)} ${d}`;
}

export class Times {
  private readonly time: Intl.DateTimeFormat;
  private readonly short: Intl.DateTimeFormat;
  private readonly date: Intl.DateTimeFormat;

  constructor(lang: Lang, timeZone: string) {
    const locale = lang === 'vi' ? 'vi-VN' : 'en-GB';
    this.time = new Intl.DateTimeFormat(locale, { timeZone, hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
    this.short = new Intl.DateTimeFormat(locale, { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
    this.date = new Intl.DateTimeFormat(locale, { timeZone, weekday: 'short', day: '2-digit', month: '2-digit' });
  }

  clock(ms: number): string {
    return this.time.format(ms);
  }

  hourMinute(ms: number): string {
    return this.short.format(ms);
  }

  day(ms: number): string {
    return this.date.format(ms);
  }
}
