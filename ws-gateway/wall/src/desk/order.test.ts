import { describe, expect, it } from 'vitest';
import type { AlertWire } from '../live/wire';
import type { Area } from '../map/schematic';
import { fold, hold, wanted, type Filters } from './order';

const NONE: Filters = { minSeverity: null, domain: null, area: null, text: '', onlyUnacked: false, showShelved: false };
const area = (code: string, parent: string | null): [string, Area] => [code, { code, parent, level: '', name: { vi: code, en: code }, lat: 0, lon: 0 }];
const AREAS = new Map([area('19', null), area('164', '19'), area('05443', '164')]);
const alert = (id: string, over: Partial<AlertWire>): AlertWire =>
  ({ id, severity: 'high', state: 'firing', started_at: 0, fired_at: 0, kind: 'env/river', area: '05443', key: { asset: 'wl-1' }, rule: 'env/Level', summary: { vi: 'Sông Cầu dâng', en: 'Cau river rising' }, ack: null, shelved: null, annunciation: 'annunciated', ...over }) as AlertWire;

const ids = (filters: Partial<Filters>, ...alerts: AlertWire[]): string =>
  wanted(alerts, { ...NONE, ...filters }, AREAS).map((a) => a.id).join(' ');

describe('filters', () => {
  it('find Vietnamese words typed without diacritics', () => {
    expect(fold('Đồng Hỷ')).toBe('dong hy');
    expect(ids({ text: 'song  cau' }, alert('a', {}), alert('b', { summary: { vi: 'Wi-Fi', en: 'Wi-Fi' } }))).toBe('a');
  });

  it('take an area with everything inside it', () => {
    expect(ids({ area: '164' }, alert('a', {}), alert('b', { area: '19' }), alert('c', { area: null }))).toBe('a');
  });

  it('leave out what is shelved, suppressed or pending unless asked', () => {
    const shelved = alert('s', { shelved: { until: 1, by: '', reason: '' } });
    const inhibited = alert('i', { annunciation: 'inhibited' });
    const pending = alert('p', { state: 'pending' });
    expect(ids({}, alert('a', {}), shelved, inhibited, pending)).toBe('a');
    expect(ids({ showShelved: true }, alert('a', {}), shelved, inhibited, pending)).toBe('a i s');
  });

  it('take severity, domain and acknowledgement', () => {
    const acked = alert('k', { ack: { by: '', at: 0, note: '' } });
    expect(ids({ minSeverity: 'high' }, alert('a', {}), alert('m', { severity: 'medium' }))).toBe('a');
    expect(ids({ domain: 'wifi' }, alert('a', {}), alert('w', { kind: 'wifi/ap' }))).toBe('w');
    expect(ids({ onlyUnacked: true }, alert('a', {}), acked)).toBe('a');
  });
});

describe('a held list', () => {
  it('moves no row, keeps what ended and says how much waits', () => {
    expect(hold(['a', 'b', 'c'], ['new', 'a', 'c'])).toEqual({ rows: ['a', 'b', 'c'], waiting: 2 });
    expect(hold(['a', 'b'], ['b', 'a'])).toEqual({ rows: ['a', 'b'], waiting: 0 });
  });
});
