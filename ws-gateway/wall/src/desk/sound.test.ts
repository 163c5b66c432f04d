import { describe, expect, it } from 'vitest';
import type { AlertWire, Severity } from '../live/wire';
import { Sounds } from './sound';

let made = 0;
const alert = (severity: Severity, over: Partial<AlertWire> = {}): AlertWire =>
  ({ id: `a${(made += 1)}`, severity, state: 'firing', started_at: 0, fired_at: 0, ack: null, shelved: null, annunciation: 'annunciated', ...over }) as AlertWire;

/** What sounds when a desk is looked at twice a second, with the seconds at which it does. */
function heard(sounds: Sounds, alerts: AlertWire[], from: number, until: number): string[] {
  const all: string[] = [];
  for (let ms = from * 1_000; ms < until * 1_000; ms += 500) {
    const severity = sounds.update(alerts, ms);
    if (severity !== null) all.push(`${severity} ${ms / 1_000}`);
  }
  return all;
}

describe('the sound of a desk', () => {
  it('goes on until somebody acknowledges, the worse the more often', () => {
    expect(heard(new Sounds(), [alert('critical')], 0, 6)).toEqual(['critical 0', 'critical 2.5', 'critical 5']);
    expect(heard(new Sounds(), [alert('high')], 0, 13)).toEqual(['high 0', 'high 6', 'high 12']);
    expect(heard(new Sounds(), [alert('medium')], 0, 130)).toEqual(['medium 0', 'medium 60', 'medium 120']);
    expect(heard(new Sounds(), [alert('low')], 0, 130)).toEqual([]);
    const sounds = new Sounds();
    const one = alert('critical');
    expect(heard(sounds, [one], 0, 1)).toEqual(['critical 0']);
    expect(heard(sounds, [{ ...one, ack: { by: 'an', at: 1, note: '' } }], 1, 60)).toEqual([]);
  });

  it('of five hundred alerts at once is one a severity, and the critical one still repeats', () => {
    const crowd = [alert('critical'), ...Array.from({ length: 499 }, () => alert('high'))];
    expect(heard(new Sounds(), crowd, 0, 5.5)).toEqual(['critical 0', 'high 1', 'critical 2.5', 'critical 5']);
  });

  it('is silent for what was silenced, and speaks again for what is new', () => {
    const sounds = new Sounds();
    const old = alert('high');
    expect(heard(sounds, [old], 0, 1)).toEqual(['high 0']);
    sounds.silence([old]);
    expect(heard(sounds, [old], 1, 60)).toEqual([]);
    expect(heard(sounds, [old, alert('high')], 60, 61)).toEqual(['high 60']);
  });

  it('is not raised by what does not call for attention', () => {
    const quiet = [alert('critical', { annunciation: 'inhibited' }), alert('critical', { shelved: { until: 1, by: '', reason: '' } }), alert('critical', { state: 'pending' })];
    expect(heard(new Sounds(), quiet, 0, 10)).toEqual([]);
  });
});
