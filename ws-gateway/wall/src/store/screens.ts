// The screens of the wall as the city's `wall.yaml` lays them out. Owns reading them (the pack was checked when it was
// loaded; what is none here is passed over) and the two screens of a city that has no such file.

import type { Localized, Severity } from '../live/wire';
import { list, localized, number, record, text } from './json';

const PANELS = ['map', 'alerts', 'alert', 'kind', 'areas', 'load', 'health', 'trend', 'clock'] as const;
const SEVERITIES: readonly Severity[] = ['low', 'medium', 'high', 'critical'];
const GRID: [number, number] = [12, 8];

export type PanelName = (typeof PANELS)[number];

export interface PanelSpec {
  panel: PanelName;
  /** Column, row, width and height in cells of the grid, counted from 0. */
  at: [number, number, number, number];
  title: Localized | null;
  kinds: string[];
  field: string | null;
  minSeverity: Severity | null;
}

export interface ScreenSpec {
  name: string;
  title: Localized;
  panels: PanelSpec[];
  /** Where one alert is handled: it answers to keys, sounds and is read from an arm's length. */
  desk: boolean;
  /** For each row of the grid whether it is only as high as what stands in it. */
  rows: ('content' | 'share')[];
  columns: number;
}

export function screensOf(wall: unknown, kinds: string[]): ScreenSpec[] {
  const about = record(wall);
  const size = list(about['grid'], 'grid').map(number);
  const grid: [number, number] = [size[0] ?? GRID[0], size[1] ?? GRID[1]];
  const screens = list(about['screens'], 'screens').map((screen) => readScreen(record(screen), grid));
  const usable = screens.filter((screen) => screen.name !== '' && screen.panels.length > 0);
  return usable.length > 0 ? usable : standard(kinds);
}

function readScreen(screen: Record<string, unknown>, [columns, rows]: [number, number]): ScreenSpec {
  const name = text(screen['name']) ?? '';
  const panels = list(screen['panels'], 'panels').map(readPanel);
  return specOf(name, localized(screen['title'], name), panels.filter((panel) => panel !== null), columns, rows);
}

function readPanel(value: unknown): PanelSpec | null {
  const panel = record(value);
  const name = PANELS.find((known) => known === panel['panel']);
  const [x, y, w, h] = list(panel['at'], 'at').map(number);
  if (name === undefined || x == null || y == null || w == null || h == null) return null;
  return {
    panel: name,
    at: [x, y, w, h],
    title: panel['title'] === undefined ? null : localized(panel['title'], ''),
    kinds: list(panel['kinds'], 'kinds').filter((kind): kind is string => typeof kind === 'string'),
    field: text(panel['field']),
    minSeverity: SEVERITIES.find((severity) => severity === panel['min_severity']) ?? null,
  };
}

function specOf(name: string, title: Localized, panels: PanelSpec[], columns: number, rows: number): ScreenSpec {
  const inRow = (row: number): PanelSpec[] => panels.filter(({ at }) => at[1] <= row && row < at[1] + at[3]);
  const thin = (row: number): boolean => {
    const there = inRow(row);
    return there.length > 0 && there.every(({ panel, at }) => panel === 'load' && at[3] === 1);
  };
  return {
    name,
    title,
    panels,
    desk: panels.some(({ panel }) => panel === 'alert'),
    rows: Array.from({ length: rows }, (_, row) => (thin(row) ? 'content' : 'share')),
    columns,
  };
}

/** What a city without a `wall.yaml` gets: the province with a tile for each of its first kinds, and the desk. */
function standard(kinds: string[]): ScreenSpec[] {
  const panel = (name: PanelName, at: PanelSpec['at'], kind?: string): PanelSpec =>
    ({ panel: name, at, title: null, kinds: kind === undefined ? [] : [kind], field: null, minSeverity: null });
  const across = kinds.length > 6 ? 3 : 2;
  const most = across * (across === 3 ? 5 : 3);
  const deep = 15 / (across === 3 ? 5 : 3);
  const tiles = kinds.slice(0, most).map((kind, i) =>
    panel('kind', [12 + (i % across) * (12 / across), 7 + Math.floor(i / across) * deep, 12 / across, deep], kind));
  const load = panel('load', [0, 0, 24, 1]);
  return [
    specOf('province', { vi: 'Toàn tỉnh', en: 'Province' }, [load, panel('map', [0, 1, 12, 21]), panel('alerts', [12, 1, 12, 6]), ...tiles], 24, 22),
    specOf('desk', { vi: 'Bàn trực', en: 'Alert desk' }, [load, panel('alerts', [0, 1, 10, 21]), panel('alert', [10, 1, 14, 21])], 24, 22),
  ];
}
