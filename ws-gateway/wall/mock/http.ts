// The HTTP side of the mock: the documents a wall asks for, and the built wall itself when there is one.

import { createReadStream, existsSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { areas } from './city';
import { KINDS } from './catalog';
import { FAULTS } from './faults';
import type { World } from './world';

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** What the mock city calls the words of its devices, as a pack's wall.yaml does. */
const WORDS = {
  up: { vi: 'hoạt động', en: 'up' },
  down: { vi: 'mất', en: 'down' },
  open: { vi: 'mở', en: 'open' },
  closed: { vi: 'đóng', en: 'closed' },
  working: { vi: 'đường chính', en: 'working' },
  protection: { vi: 'dự phòng', en: 'protection' },
};

export function answer(world: World, request: IncomingMessage, response: ServerResponse): void {
  const { pathname } = new URL(request.url ?? '/', 'http://mock');
  const body = document(world, pathname);
  if (body !== undefined) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  } else file(pathname, response);
}

function document(world: World, path: string): unknown {
  if (path === '/api/v1/city')
    return {
      id: 'thai-nguyen',
      name: { vi: 'Thái Nguyên', en: 'Thai Nguyen' },
      time_zone: 'Asia/Ho_Chi_Minh',
      centre: { lat: 21.59, lon: 105.84 },
      zoom: 10,
      default_lang: 'vi',
      wall: { words: WORDS },
    };
  if (path === '/api/v1/areas') return { areas: areas() };
  if (path === '/api/v1/catalog') return { kinds: KINDS.map(catalogEntry) };
  if (path === '/api/v1/alerts') return { alerts: world.log.map((entry) => entry.alert), next_before: null };
  const journal = /^\/api\/v1\/alerts\/([0-9a-f]+)\/journal$/.exec(path);
  if (journal?.[1] !== undefined) return { entries: world.journal.filter(({ alert }) => alert === journal[1]) };
  const why = /^\/api\/v1\/alerts\/([0-9a-f]+)\/why$/.exec(path);
  return why?.[1] === undefined ? undefined : whyOf(world, why[1]);
}

function catalogEntry(kind: (typeof KINDS)[number]): unknown {
  const { name, title, reportEveryMs, staleAfterMs, fields } = kind;
  return {
    name,
    title,
    report_every_ms: reportEveryMs,
    stale_after_ms: staleAfterMs,
    fields: fields.map(({ name: field, title: fieldTitle, type, unit, range, symbols, headline }) => ({
      name: field,
      title: fieldTitle,
      type,
      unit: unit ?? null,
      range: range ?? null,
      symbols: symbols ?? [],
      headline: headline ?? false,
    })),
  };
}

function whyOf(world: World, id: string): unknown {
  const alert = world.alerts.get(id) ?? world.log.find((entry) => entry.alert.id === id)?.alert;
  const fault = FAULTS.find((f) => f.rule === alert?.rule);
  if (alert === undefined || fault === undefined) return undefined;
  const parts = Object.entries(fault.values).map(([expr, value]) => ({ expr, value, at: alert.fired_at, parts: [] }));
  return {
    expr: fault.expr,
    value: true,
    at: alert.fired_at,
    note: '2 readings in 1m',
    parts: [...parts, { expr: 'uplink.operStatus', value: null, parts: [] }],
  };
}

function file(path: string, response: ServerResponse): void {
  const name = normalize(path === '/' ? '/index.html' : path);
  const full = join(DIST, name);
  if (name.includes('..') || !existsSync(full)) {
    response.writeHead(404, { 'content-type': 'application/problem+json' }).end('{"title":"not found","status":404}');
    return;
  }
  response.writeHead(200, { 'content-type': TYPES[extname(full)] ?? 'application/octet-stream' });
  createReadStream(full).pipe(response);
}
