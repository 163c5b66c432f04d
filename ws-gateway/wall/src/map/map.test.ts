import { describe, expect, it } from 'vitest';
import { areas } from '../../mock/city';
import type { AlertWire, Freshness } from '../live/wire';
import { AssetStore } from '../store/assets';
import { AssetCloud } from './cloud';
import { clipToConvex, signedArea, type Polygon } from './geometry';
import { areaStates, cluster, marksOf } from './scene';
import { Plane, schematic, type Area } from './schematic';
import { View } from './view';

const area = (polygon: Polygon): number => Math.abs(signedArea(polygon)) / 2;

describe('the schematic', () => {
  const all = areas();
  const plane = new Plane(21.69);
  const drawn = schematic(all, plane);

  it('gives every commune a cell that holds its seat', () => {
    expect(drawn.cells.length).toBe(all.filter((a) => a.level === 'commune').length);
    for (const { polygon, seat, area: { name } } of drawn.cells) {
      expect(inside(polygon, seat), name.vi).toBe(true);
    }
  });

  it('covers the outline without gaps or overlaps', () => {
    const sum = drawn.cells.reduce((total, cell) => total + area(cell.polygon), 0);
    expect(sum / area(drawn.outline)).toBeCloseTo(1, 3);
  });

  it('stays near the area of the province', () => {
    // Thái Nguyên measures about 3,520 km²; a degree of latitude is 111.2 km.
    const km2 = area(drawn.outline) * 111.2 * 111.2;
    expect(km2).toBeGreaterThan(3_000);
    expect(km2).toBeLessThan(5_200);
  });

  it('draws a city of one, two or three areas', () => {
    for (const count of [1, 2, 3]) {
      const few: Area[] = [0, 1, 2].slice(0, count).map((i) => ({ code: `${i}`, parent: null, level: '', name: { vi: '', en: '' }, lat: 21 + i * i * 0.1, lon: 105 + i * 0.1 }));
      expect(schematic(few, plane).cells.every((cell) => area(cell.polygon) > 0)).toBe(true);
    }
  });
});

it('clips a concave shape by a convex one', () => {
  const notch: Polygon = [[0, 0], [4, 0], [4, 4], [2, 1], [0, 4]];
  const square: Polygon = [[0, 0], [4, 0], [4, 1], [0, 1]];
  expect(area(clipToConvex(notch, square))).toBeCloseTo(4);
});

const placeOf = ({ area }: AlertWire) => (area === null ? null : { lat: 21, lon: 105, area });

describe('marks', () => {
  const alert = (id: string, over: Partial<AlertWire>): AlertWire =>
    ({ id, severity: 'high', state: 'firing', started_at: 0, fired_at: 0, key: {}, area: null, ack: null, shelved: null, ...over }) as AlertWire;

  it('stand where their alerts are, and are counted when that is nowhere', () => {
    const { marks, placeless } = marksOf([alert('a', { area: '05443' }), alert('b', {})], placeOf, new Plane(0));
    expect([marks.length, placeless]).toEqual([1, 1]);
  });

  it('colour an area by its worst alert that calls', () => {
    const states = areaStates([alert('a', { area: 'x', severity: 'low' }), alert('b', { area: 'x' }), alert('c', { area: 'x', severity: 'critical', annunciation: 'inhibited' })], placeOf);
    expect(states.get('x')).toEqual({ worst: 'high', count: 2 });
  });

  it('become one when they would cover each other, led by the first', () => {
    const marks = [0, 1, 50].map((x, i) => ({ alert: alert(`${i}`, {}), place: [x, 0] as const }));
    expect(cluster(marks, (p) => p, 10).map((c) => `${c.worst.id}×${c.count}`)).toEqual(['0×2', '2×1']);
  });
});

function inside(polygon: Polygon, [x, y]: readonly [number, number]): boolean {
  let odd = false;
  polygon.forEach(([ax, ay], i) => {
    const [bx, by] = polygon[(i + 1) % polygon.length] ?? [0, 0];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd;
  });
  return odd;
}

describe('the cloud of assets', () => {
  const store = new AssetStore();
  const asset = (n: number, freshness: Freshness, lat: number | null, lon: number) => ({ n, id: `${n}`, kind: n < 3 ? 'wifi/ap' : 'env/air', name: '', area: null, lat, lon, freshness, at: 1, v: {} });
  store.replace([asset(1, 'live', 0, 10), asset(2, 'stale', 0, 10.01), asset(3, 'live', 0, 90), asset(4, 'live', null, 0)]);
  const seen = (hidden: string[], view = new View(100, 100), assets = store): string[] => {
    const cloud = new AssetCloud();
    cloud.follow(assets, new Plane(0));
    const found: string[] = [];
    cloud.visit(view, 8, new Set(hidden), ({ domain, freshness }, x) => found.push(`${domain} ${freshness} ${Math.round(x)}`));
    return found;
  };

  it('draws one of those that lie on one another, the one that is not well', () => {
    expect(seen([])).toEqual(['wifi stale 10', 'env live 90']);
  });

  it('leaves a station to be seen that hourly figures stand upon', () => {
    const stations = new AssetStore();
    const hourly = { ...asset(5, 'unseen', 0, 90), id: 'env-air-hour:3', kind: 'env/air-hour' };
    stations.replace([asset(3, 'live', 0, 90), hourly, { ...asset(6, 'unseen', 0, 30), id: 'urn:6' }]);
    expect(seen([], new View(100, 100), stations)).toEqual(['env unseen 30', 'env live 90']);
  });

  it('leaves out hidden domains and what is out of view', () => {
    expect(seen(['wifi'])).toEqual(['env live 90']);
    expect(seen([], new View(50, 50))).toEqual(['wifi stale 10']);
  });
});
