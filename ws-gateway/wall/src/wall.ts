// The wall without its looks: link, stores and clock, wired. Owns the one place where changes reach the stores; leaves
// drawing to those who listen.

import { Link } from './live/link';
import { Session, type Change } from './live/session';
import type { CommandMessage } from './live/wire';
import { AlertStore, type Alert } from './store/alerts';
import { AssetStore, type Asset } from './store/assets';
import { get, type City } from './store/city';
import { Places } from './store/places';
import { PULSE_MS, takePulse, watchedBy, type Watched } from './store/pulse';
import { ServerClock, type Heard } from './store/clock';
import { DAY_MS } from './store/day';
import { LoadCounter } from './store/load';
import { pastAlerts } from './store/past';
import { Trails } from './store/trails';

const ASSETS = 1;
const ALERTS = 2;
const HEALTH = 3;

export type Topic = 'assets' | 'alerts' | 'link' | 'health' | 'result';

export interface CommandResult {
  ref: string;
  ok: boolean;
  message: string | null;
}

/** A command without the numbers the wall gives it. */
export type CommandBody = CommandMessage extends infer M ? (M extends CommandMessage ? Omit<M, 'ref' | 'cmd'> : never) : never;

export class Wall {
  readonly assets = new AssetStore();
  readonly alerts = new AlertStore();
  readonly load = new LoadCounter();
  readonly clock = new ServerClock();
  readonly trails = new Trails();
  readonly places: Places;
  readonly session: Session;
  health: Record<string, unknown> = {};
  role = 'viewer';
  refusal: string | null = null;
  /** Milliseconds from measuring to this screen, of the newest reading applied. */
  latencyMs: number | null = null;
  /** When this page was opened, by the server's clock: a browser's own may be wrong. */
  openedAt = Date.now();
  private readonly watched = new Set<string>();
  private readonly figures: Watched[];
  private build: string | null = null;
  private recalling = false;
  private readonly link: Link;
  private readonly listeners = new Set<(topic: Topic) => void>();
  private readonly results = new Set<(result: CommandResult) => void>();

  constructor(
    url: string,
    hello: { token: string | null; lang: string },
    private readonly onNewBuild: (build: string) => void,
    readonly token: string | null,
    private readonly city: City,
  ) {
    this.figures = watchedBy(city.screens, city.kinds);
    this.session = new Session(hello);
    this.places = new Places(this.assets, city.areaByCode, (path) => get(path, token), () => this.tell('alerts'));
    this.link = new Link(
      url,
      this.session,
      (changes) => this.take(changes),
      () => this.tell('link'),
    );
    this.session.want(ASSETS, { topic: 'assets', max_hz: 2 });
    this.session.want(ALERTS, { topic: 'alerts' });
    this.session.want(HEALTH, { topic: 'health', max_hz: 1 });
  }

  start(): void {
    this.link.start();
    setInterval(() => this.pulse(), PULSE_MS);
  }

  listen(listener: (topic: Topic) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Resolves with the server's answer, whenever the link lets it come. */
  command(body: CommandBody): Promise<CommandResult> {
    const ref = crypto.randomUUID();
    return new Promise((resolve) => {
      const take = (result: CommandResult): void => {
        if (result.ref !== ref) return;
        this.results.delete(take);
        resolve(result);
      };
      this.results.add(take);
      this.link.send(this.session.command({ ...body, ref, cmd: crypto.randomUUID() }));
    });
  }

  private take(changes: Change[]): void {
    for (const change of changes) this.apply(change);
  }

  private apply(change: Change): void {
    switch (change.type) {
      case 'assets-replaced':
        this.assets.replace(change.assets);
        for (const asset of change.assets) this.record(asset);
        takePulse(this.figures, this.assets, this.trails, this.clock.now());
        return this.tell('assets');
      case 'assets-changed':
        return this.applyDelta(change);
      case 'alerts-replaced':
        this.alerts.replace(change.alerts, change.seq);
        for (const alert of change.alerts) this.see(alert);
        // Pages instead of the log: what came and went meanwhile is not among them.
        void this.recall();
        return this.tell('alerts');
      case 'alert':
        this.alerts.apply(change.alert, change.matches, change.seq);
        this.see(change.alert);
        // What has not fired is on no screen: a rule that hovers at its threshold must not redraw them all.
        if (change.alert.fired_at !== null) this.tell('alerts');
        return;
      case 'durable':
        if (this.alerts.committed(change.seq)) this.tell('alerts');
        return;
      case 'health':
        this.health = change.health;
        return this.tell('health');
      case 'server-time':
        return this.heard(change);
      case 'welcome':
        return this.welcomed(change);
      case 'result':
        for (const take of [...this.results]) take(change);
        return;
      case 'refused':
        this.refusal = change.message;
        this.tell('link');
    }
  }

  private heard(told: Heard): void {
    const monotonic = performance.now();
    if (!this.clock.known) {
      this.openedAt = told.serverTime - monotonic * told.speed;
      this.load.complete(told.serverTime);
    }
    this.clock.hear(told, monotonic, Date.now());
  }

  private applyDelta({ delta }: Extract<Change, { type: 'assets-changed' }>): void {
    this.assets.apply(delta);
    for (const n of delta.assets?.id ?? []) {
      const asset = this.assets.byNumber(n);
      if (asset !== undefined) this.record(asset);
    }
    const at = this.assets.lastMeasuredAt;
    // Only while live: what is caught up is old by nature and says nothing of the way here.
    if (at !== null && this.session.link === 'live') this.latencyMs = Math.max(0, this.clock.now() - at) / this.clock.speed;
    this.tell('assets');
  }

  private welcomed(change: Extract<Change, { type: 'welcome' }>): void {
    this.role = change.role;
    if (this.build !== null && this.build !== change.build) this.onNewBuild(change.build);
    this.build = change.build;
    this.tell('link');
  }

  /** Keeps every number of an asset from now on; of the others only the one that speaks for their kind is kept. */
  watch(id: string): void {
    this.watched.add(id);
    const asset = this.assets.get(id);
    if (asset !== undefined) this.record(asset);
  }

  /** While the link is down nothing is known: the courses of the kinds have a gap there. */
  private pulse(): void {
    if (this.session.link === 'live') takePulse(this.figures, this.assets, this.trails, this.clock.now());
  }

  private record(asset: Asset): void {
    if (asset.at === null) return;
    const add = (field: string): void => {
      const value = asset.v[field];
      if (typeof value === 'number' || value === null)
        this.trails.add(asset.id, field, asset.at ?? 0, asset.freshness === 'live' ? value : null);
    };
    if (this.watched.has(asset.id)) for (const field of Object.keys(asset.v)) add(field);
    else {
      const lead = this.city.leads.get(asset.kind);
      if (lead !== undefined) add(lead);
    }
  }

  private see(alert: Alert): void {
    this.load.see(alert);
    const asset = alert.key['asset'];
    if (asset !== undefined && alert.state !== 'resolved') this.watch(asset);
  }

  /** What happened before this page was opened, or while the log was lost: the load strip counts it, the ticker shows it. */
  private async recall(): Promise<void> {
    if (this.recalling) return;
    this.recalling = true;
    const since = Math.round(this.clock.now() - DAY_MS);
    try {
      const past = await pastAlerts(since, (path) => get(path, this.token));
      for (const alert of past.alerts) {
        this.load.see(alert);
        if (alert.state === 'resolved') this.alerts.remember(alert);
      }
      if (past.complete) this.load.complete(since);
      this.tell('alerts');
    } catch (error) {
      // The strip then counts from the opening of the page only.
      console.warn('past alerts not loaded', error);
    }
    this.recalling = false;
  }

  private tell(topic: Topic): void {
    for (const listener of this.listeners) listener(topic);
  }
}
