import { describe, expect, it, vi } from 'vitest';
import type { AlertWire } from '../live/wire';
import type { Area } from '../map/schematic';
import { AssetStore } from './assets';
import { Places } from './places';

const area = (code: string, parent: string | null): [string, Area] => [code, { code, parent, level: '', name: { vi: code, en: code }, lat: 21, lon: 105 }];
const AREAS = new Map([area('19', null), area('164', '19')]);
const alert = (key: Record<string, string>, over: Partial<AlertWire> = {}): AlertWire => ({ id: '0f', kind: 'queue/line', area: null, key, ...over }) as AlertWire;
const answer = (area: string | null): unknown => ({ count: 2, assets: ['q-1', 'q-2'], area, lat: 21.5, lon: 105.8 });

function places(get: (path: string) => Promise<unknown>): { places: Places; changed: Promise<void> } {
  let tell = (): void => undefined;
  const changed = new Promise<void>((resolve) => (tell = resolve));
  return { places: new Places(new AssetStore(), AREAS, get, tell), changed };
}

describe('the place of an alert', () => {
  it('of a site is where its assets are, asked for once', async () => {
    const get = vi.fn(async () => answer('164'));
    const { places: known, changed } = places(get);
    expect(known.of(alert({ site: 'UBND' }))).toBeNull();
    expect(known.of(alert({ site: 'UBND' }, { id: '1f' }))).toBeNull();
    await changed;
    expect(known.of(alert({ site: 'UBND' }))).toEqual({ lat: 21.5, lon: 105.8, area: '164' });
    expect(known.members(alert({ site: 'UBND' }))).toEqual({ ids: ['q-1', 'q-2'], count: 2 });
    expect(get.mock.calls).toEqual([['api/v1/alerts/0f/assets']]);
  });

  it('of a district is the district’s seat; of assets all over the city there is none', async () => {
    const { places: known, changed } = places(async () => answer('19'));
    expect(known.of(alert({ district: '164' }))).toMatchObject({ area: '164' });
    expect(known.of(alert({ province: '19' }))).toBeNull();
    known.of(alert({ team: 'x' }));
    await changed;
    expect(known.of(alert({ team: 'x' }))).toBeNull();
  });

  it('is asked for again after a failure, not at once', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const get = vi.fn(async () => Promise.reject(new Error('down')));
    const { places: known } = places(get);
    known.of(alert({ site: 'UBND' }));
    await vi.waitFor(() => expect(get).toHaveBeenCalledOnce());
    known.of(alert({ site: 'UBND' }));
    expect(get).toHaveBeenCalledOnce();
  });
});
