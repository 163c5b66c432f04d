// The real `ioc` as a process: made ready by `ioc init`, started by `ioc serve`, frozen, killed and started again. Owns its
// data folder, its ports and its end.

import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACK = fileURLToPath(new URL('pack', import.meta.url));
const PATIENCE_MS = 30_000;

/** The binary under test; without it the mock is tested. */
export const ENGINE_BIN = process.env['ENGINE_BIN'];

export class Engine {
  private child: ChildProcess | null = null;

  private constructor(
    private readonly program: string,
    private readonly home: string,
    private readonly http: number,
    private readonly mqtt: number,
    readonly token: string,
    private readonly password: string,
    private readonly failpoint: string,
  ) {}

  /** An engine with the pack of these tests, empty, on ports of its own; `failpoint` as docs/operations.md has it. */
  static async start(program: string, failpoint = ''): Promise<Engine> {
    const home = mkdtempSync(join(tmpdir(), 'ioc-wall-'));
    const said = execFileSync(program, ['init', '--data', join(home, 'data'), '--city', PACK, '--config', join(home, 'ioc.toml')], { encoding: 'utf8' });
    const [token, password] = [/\?token=(\S+)/.exec(said)?.[1], /password=(\S+)/.exec(said)?.[1]];
    if (token === undefined || password === undefined) throw new Error(`ioc init says ${said}`);
    const engine = new Engine(program, home, await freePort(), await freePort(), token, password, failpoint);
    await engine.startAgain();
    return engine;
  }

  get url(): string {
    return `http://127.0.0.1:${this.http}`;
  }

  /** Starts the process on the same data and ports; returns when it is ready. */
  async startAgain(): Promise<void> {
    const log = openSync(join(this.home, 'log'), 'a');
    const args = ['serve', '--config', join(this.home, 'ioc.toml'), '--http', `127.0.0.1:${this.http}`];
    const env = { ...foreign(), IOC_SOURCES__EMBEDDED__LISTEN: `127.0.0.1:${this.mqtt}`, IOC_FAILPOINT: this.failpoint };
    const child = spawn(this.program, args, { env, stdio: ['ignore', 'ignore', log] });
    this.child = child;
    const end = Date.now() + PATIENCE_MS;
    while (!(await answers(`${this.url}/readyz`))) {
      if (child.exitCode !== null || Date.now() > end) throw new Error(`the engine is not ready:\n${this.log()}`);
      // Nothing tells when a port is there: asked again and again, never waited out.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** As a power cut: SIGKILL; returns when the process is gone. */
  async kill(): Promise<void> {
    const child = this.child;
    this.child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  /** The process stands still as a hung machine does: its sockets stay open, nothing comes. */
  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  async destroy(): Promise<void> {
    await this.kill();
    rmSync(this.home, { recursive: true, force: true });
  }

  /** A device reports; returns when the engine has made the reading durable (QoS 1), or at once (QoS 0). */
  report(kind: string, asset: string, fields: Record<string, number | string>, qos: 0 | 1 = 1): void {
    const login = ['-u', 'device', '-P', this.password];
    const message = ['-q', String(qos), '-t', `ioc/v1/test/${kind}/${asset}/tele`, '-m', JSON.stringify(fields)];
    const { status, stderr } = spawnSync('mosquitto_pub', ['-h', '127.0.0.1', '-p', String(this.mqtt), ...login, ...message], { encoding: 'utf8', timeout: PATIENCE_MS });
    if (status !== 0) throw new Error(`mosquitto_pub ends with ${status}: ${stderr}\n${this.log()}`);
  }

  /** Every asset has a value; the gauges named stand above their alarm level. */
  populate(high: number): void {
    for (let i = 0; i < 10; i += 1) this.report('env/river', `wl-${i}`, { height: i < high ? 26.5 + i / 10 : 20 });
    for (const ap of ['ap-0', 'ap-1']) this.report('wifi/ap', ap, { apState: 'up', clientsConnected: 12 });
    for (const queue of ['q-0', 'q-1']) this.report('queue/line', queue, { wait: 4 });
    this.report('env/air', 'aq-0', { pm25: 31 });
  }

  log(): string {
    return readFileSync(join(this.home, 'log'), 'utf8');
  }
}

/** The environment without what an engine would take for its settings (IOC_URL is one of these tests'). */
function foreign(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('IOC_')));
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

/** A port that was free a moment ago; it stays the same over restarts of the engine. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}
