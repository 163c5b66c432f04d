import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { City } from '../store/city';
import { Wall } from '../wall';
import { reloadOnce } from './build';

/** The server's end of every socket the wall opens. */
class Server {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static current: Server;
  readyState = Server.OPEN;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  constructor() {
    Server.current = this;
  }
  send(): void {}
  close(): void {}
  welcomes(build: string): void {
    this.onopen?.();
    const welcome = { op: 'welcome', epoch: 'e', server_time: 0, build, heartbeat_ms: 2000, role: 'operator' };
    this.onmessage?.({ data: JSON.stringify(welcome) });
  }
  goesAway(): void {
    this.onclose?.({ code: 1001 });
  }
}

const city: City = {
  name: { vi: '', en: '' },
  timeZone: 'UTC',
  areas: [],
  areaByCode: new Map(),
  kinds: new Map(),
  domains: [],
  words: {},
  screens: [],
  leads: new Map(),
  operators: 1,
};

const reload = vi.fn();

/** A page that was just opened, and the server behind it. Of a page before it nothing is left. */
function openPage(): void {
  vi.clearAllTimers();
  new Wall('ws://here/live', { token: null, lang: 'vi' }, reloadOnce, null, city).start();
}

/** The server restarts with another build, or the same; the page comes back to it by itself. */
function restartWith(build: string): void {
  const gone = Server.current;
  gone.goesAway();
  while (Server.current === gone) vi.advanceTimersToNextTimer();
  Server.current.welcomes(build);
}

beforeEach(() => {
  vi.useFakeTimers();
  const kept = new Map<string, string>();
  vi.stubGlobal('sessionStorage', {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => kept.set(name, value),
  });
  vi.stubGlobal('location', { reload });
  vi.stubGlobal('WebSocket', Server);
  vi.stubGlobal('addEventListener', () => undefined);
  vi.stubGlobal('document', { baseURI: 'http://here/' });
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('{"alerts":[]}')));
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  reload.mockReset();
});

describe('a new build', () => {
  it('reloads the wall once, whatever the new page is told', () => {
    openPage();
    Server.current.welcomes('1.0+a');
    expect(reload).not.toHaveBeenCalled();
    restartWith('1.0+a');
    expect(reload).not.toHaveBeenCalled();

    restartWith('1.0+b');
    expect(reload).toHaveBeenCalledTimes(1);

    // The page that comes up may be the old one, out of some cache: it must not go round in circles.
    openPage();
    Server.current.welcomes('1.0+a');
    restartWith('1.0+b');
    restartWith('1.0+b');
    expect(reload).toHaveBeenCalledTimes(1);
  });

  it('reloads the wall again for the build after it', () => {
    openPage();
    Server.current.welcomes('1.0+a');
    restartWith('1.0+b');
    openPage();
    Server.current.welcomes('1.0+b');
    restartWith('1.1+c');
    expect(reload).toHaveBeenCalledTimes(2);
  });
});
