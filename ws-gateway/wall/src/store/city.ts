// What does not change while the wall runs: the city's name and zone, its areas, its kinds. Owns reading them from the
// HTTP API, tolerant of either a bare list or one under its name.

import type { Localized } from '../live/wire';
import type { Area } from '../map/schematic';
import { domainOf } from '../map/shapes';
import { list, localized, number, record, text, type Json } from './json';
import { screensOf, type ScreenSpec } from './screens';

export interface Field {
  name: string;
  title: Localized;
  type: string;
  unit: string | null;
  range: [number, number] | null;
  symbols: string[];
  headline: boolean;
}

export interface Kind {
  name: string;
  title: Localized;
  reportEveryMs: number;
  staleAfterMs: number;
  fields: Field[];
}

export interface Domain {
  name: string;
  title: Localized;
  kinds: Kind[];
}

export interface City {
  name: Localized;
  timeZone: string;
  areas: Area[];
  areaByCode: Map<string, Area>;
  kinds: Map<string, Kind>;
  domains: Domain[];
  /** What `wall.yaml` calls the words that devices report. */
  words: Record<string, Localized>;
  /** The screens of `wall.yaml`; at least one. */
  screens: ScreenSpec[];
  /** The number that speaks for each kind that has one. */
  leads: Map<string, string>;
  /** How many operators share the load; the load strip counts for each of them. */
  operators: number;
}

export async function loadCity(token: string | null): Promise<City> {
  const [city, areas, catalog] = await Promise.all([
    get('api/v1/city', token),
    get('api/v1/areas', token),
    get('api/v1/catalog', token),
  ]);
  const about = record(city);
  const areaList = list(areas, 'areas').map(readArea);
  const kinds = list(catalog, 'kinds').map(readKind);
  const wall = record(about['wall']);
  const chosen = chosenFields(wall);
  for (const kind of kinds) choose(kind, chosen.get(kind.name));
  const domains = domainsOf(kinds, namesOf(wall['domains']));
  return {
    name: localized(about['name'], 'ioc'),
    timeZone: text(about['time_zone']) ?? 'UTC',
    areas: areaList,
    areaByCode: new Map(areaList.map((area) => [area.code, area])),
    kinds: new Map(kinds.map((kind) => [kind.name, kind])),
    domains,
    words: namesOf(wall['words']),
    screens: screensOf(wall, kinds.map((kind) => kind.name)),
    leads: leadsOf(kinds),
    operators: number(wall['operators']) ?? 1,
  };
}

/** The server answered with something else than the document. */
export class Unanswered extends Error {
  constructor(
    path: string,
    readonly status: number,
  ) {
    super(`${path}: ${status}`);
  }
}

/** A document of the API; the cookie of the page counts when there is no token. */
export async function get(path: string, token: string | null): Promise<unknown> {
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(new URL(path, document.baseURI), { headers });
  if (!response.ok) throw new Unanswered(path, response.status);
  return response.json();
}

function readArea(value: unknown): Area {
  const area = record(value);
  return {
    code: text(area['code']) ?? '',
    parent: text(area['parent']),
    level: text(area['level']) ?? '',
    name: localized(area['name'], text(area['code']) ?? ''),
    lat: number(area['lat']) ?? 0,
    lon: number(area['lon']) ?? 0,
  };
}

function readKind(value: unknown): Kind {
  const kind = record(value);
  const name = text(kind['name']) ?? '';
  return {
    name,
    title: localized(kind['title'], name),
    reportEveryMs: number(kind['report_every_ms']) ?? 60_000,
    staleAfterMs: number(kind['stale_after_ms']) ?? 180_000,
    fields: list(kind['fields'], 'fields').map(readField),
  };
}

function readField(value: unknown): Field {
  const field = record(value);
  const name = text(field['name']) ?? '';
  const range = Array.isArray(field['range']) ? field['range'] : [];
  const [low, high] = [number(range[0]), number(range[1])];
  return {
    name,
    title: localized(field['title'], name),
    type: text(field['type']) ?? 'number',
    unit: text(field['unit']),
    range: low === null || high === null ? null : [low, high],
    symbols: Array.isArray(field['symbols']) ? field['symbols'].filter((s): s is string => typeof s === 'string') : [],
    headline: field['headline'] === true,
  };
}

/** Which field speaks for a kind: the first that a `kind` panel of `wall.yaml` names. */
function chosenFields(wall: Json): Map<string, string> {
  const chosen = new Map<string, string>();
  for (const screen of list(wall['screens'], 'screens'))
    for (const panel of list(record(screen)['panels'], 'panels').map(record))
      for (const kind of list(panel['kinds'], 'kinds')) {
        const field = text(panel['field']);
        if (panel['panel'] === 'kind' && typeof kind === 'string' && field !== null && !chosen.has(kind)) chosen.set(kind, field);
      }
  return chosen;
}

/** Puts the chosen field first and makes it the only headline before the others. */
function choose(kind: Kind, field: string | undefined): void {
  const at = kind.fields.findIndex((f) => f.name === field);
  const [found] = at === -1 ? [] : kind.fields.splice(at, 1);
  if (found !== undefined) kind.fields.unshift({ ...found, headline: true });
}

function leadsOf(kinds: Kind[]): Map<string, string> {
  const leads = new Map<string, string>();
  for (const { name, fields } of kinds) {
    const numbers = fields.filter((field) => field.type === 'number');
    const lead = numbers.find((field) => field.headline) ?? numbers[0];
    if (lead !== undefined) leads.set(name, lead.name);
  }
  return leads;
}

function namesOf(value: unknown): Record<string, Localized> {
  return Object.fromEntries(Object.entries(record(value)).map(([name, title]) => [name, localized(title, name)]));
}

/** A domain that the pack has no name for is called after its first kind. */
function domainsOf(kinds: Kind[], names: Record<string, Localized>): Domain[] {
  const domains = new Map<string, Kind[]>();
  for (const kind of kinds) {
    const domain = domainOf(kind.name);
    domains.set(domain, [...(domains.get(domain) ?? []), kind]);
  }
  return [...domains].map(([name, members]) => ({ name, title: names[name] ?? members[0]?.title ?? localized(null, name), kinds: members }));
}
