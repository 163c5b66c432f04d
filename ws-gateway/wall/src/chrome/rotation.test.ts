import { describe, expect, it } from 'vitest';
import type { AlertWire } from '../live/wire';
import { nextScreen } from './rotation';

const alert = (over: Partial<AlertWire>): AlertWire => ({ id: 'a', severity: 'high', state: 'firing', ack: null, shelved: null, annunciation: 'annunciated', ...over }) as AlertWire;
const SCREENS = ['province', 'network', 'weather'];

describe('rotation', () => {
  it('takes turns when they are due, round and round', () => {
    expect(nextScreen(SCREENS, 'province', true, [])).toBe('network');
    expect(nextScreen(SCREENS, 'weather', true, [])).toBe('province');
    expect(nextScreen(SCREENS, 'province', false, [])).toBeNull();
    expect(nextScreen([], 'province', true, [])).toBeNull();
    expect(nextScreen(SCREENS, 'desk', true, [])).toBe('province');
  });

  it('goes to the first screen at once for a high alert, and stays until it is acknowledged', () => {
    expect(nextScreen(SCREENS, 'weather', false, [alert({})])).toBe('province');
    expect(nextScreen(SCREENS, 'province', true, [alert({})])).toBeNull();
    expect(nextScreen(SCREENS, 'province', true, [alert({ ack: { by: 'an', at: 1, note: '' } })])).toBe('network');
  });

  it('is not interrupted by small ones, nor by what is held back', () => {
    const quiet = [alert({ severity: 'medium' }), alert({ annunciation: 'inhibited' }), alert({ shelved: { until: 1, by: '', reason: '' } })];
    expect(nextScreen(SCREENS, 'weather', false, quiet)).toBeNull();
  });
});
