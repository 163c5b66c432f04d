// How Chromium is started here: the system's own, headless, never a downloaded one.

export const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

export const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The wall under test: the mock's unless a real engine is given. */
export const BASE = process.env['IOC_URL'] ?? 'http://127.0.0.1:8090';

/** A page of the wall with the token of the engine under test. */
export function wallUrl(query: string): string {
  const url = new URL('/', BASE);
  url.search = query;
  const token = process.env['IOC_TOKEN'];
  if (token !== undefined) url.searchParams.set('token', token);
  return url.href;
}
