// What the panels read: the address, the stores and a few counters that say when to read them again. Owns the rate at
// which panels follow the stores, so that a busy city never runs the chrome at the speed of the socket.

import { Frames } from '../paint/frames';
import type { Alert } from '../store/alerts';
import type { City } from '../store/city';
import type { AlertPlace } from '../store/places';
import type { Wall } from '../wall';
import type { ScreenSpec } from '../store/screens';
import { readAddress, writeAddress, type Address, type Theme } from './address';
import { Times } from './format';
import { nextScreen } from './rotation';
import { DESK_SEAT, leastFontPx, WALL_SEAT, type Seat } from './sizing';
import { say, type WordKey } from './words';

/** Panels read asset figures again at most this often. */
const ASSET_PULSE_MS = 1_000;

export class App {
  address = $state<Address>(readAddress(location.search));
  unit = $state(16);
  reducedMotion = $state(matchMedia('(prefers-reduced-motion: reduce)').matches);
  /** Grow when alerts, assets, link, health or the second have changed. */
  alerts = $state(0);
  assets = $state(0);
  link = $state(0);
  health = $state(0);
  second = $state(0);

  readonly frames = new Frames();
  readonly times = $derived.by(() => new Times(this.address.lang, this.city.timeZone));
  readonly screen: ScreenSpec = $derived(this.screenOf(this.address.screen));
  readonly seat: Seat = $derived({ ...(this.screen.desk ? DESK_SEAT : WALL_SEAT), ...this.address.seat });
  readonly theme: Theme = $derived(this.address.theme ?? (this.screen.desk ? 'light' : 'dark'));
  private assetsPending = false;
  private alertsPending = false;
  private turnedAt = performance.now();

  constructor(
    readonly wall: Wall,
    readonly city: City,
  ) {
    wall.listen((topic) => {
      if (topic === 'assets') this.pulseAssets();
      else if (topic === 'alerts') this.pulseAlerts();
      else if (topic === 'link') this.link += 1;
      else if (topic === 'health') this.health += 1;
    });
    setInterval(() => {
      this.turn();
      // A hidden page draws nothing: not even its clock.
      if (!document.hidden) this.second += 1;
    }, 1_000);
    matchMedia('(prefers-reduced-motion: reduce)').addEventListener('change', (event) => {
      this.reducedMotion = event.matches;
    });
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) return;
      this.second += 1;
      this.pulseAssets();
      this.pulseAlerts();
    });
    addEventListener('resize', () => this.measure());
    addEventListener('popstate', () => {
      this.address = readAddress(location.search);
      this.measure();
    });
    this.measure();
  }

  /** Words in the language of the screen. */
  say(key: WordKey, ...values: (string | number)[]): string {
    return say(this.address.lang, key, ...values);
  }

  set(change: Partial<Address>): void {
    this.address = { ...this.address, ...change };
    history.replaceState(null, '', writeAddress(this.address, location.search));
    this.measure();
  }

  go(screen: string): void {
    this.turnedAt = performance.now();
    if (screen !== this.screen.name) this.set({ screen });
  }

  private screenOf(name: string): ScreenSpec {
    const found = this.city.screens.find((screen) => screen.name === name) ?? this.city.screens[0];
    if (found === undefined) throw new Error('a city has at least one screen');
    return found;
  }

  /** The next screen's turn, if there is one now. */
  private turn(): void {
    const { rotate, every } = this.address;
    const due = performance.now() - this.turnedAt >= every * 1_000;
    const next = nextScreen(rotate, this.screen.name, due, this.wall.alerts.all());
    if (next !== null) this.go(next);
  }

  /** Where an alert is; panels that show places read again when the answer for a group has come. */
  placeOf(alert: Alert): AlertPlace | null {
    return this.wall.places.of(alert);
  }

  /** Server time now, read again every second by whoever uses it in a template. */
  now(): number {
    void this.second;
    return this.wall.clock.now();
  }

  private measure(): void {
    this.unit = leastFontPx(this.seat, innerWidth);
    document.documentElement.style.fontSize = `${this.unit}px`;
  }

  private pulseAssets(): void {
    // A hidden page draws nothing; coming back is a pulse of its own.
    if (this.assetsPending || document.hidden) return;
    this.assetsPending = true;
    setTimeout(() => {
      this.assetsPending = false;
      this.assets += 1;
    }, ASSET_PULSE_MS);
  }

  private pulseAlerts(): void {
    if (this.alertsPending || document.hidden) return;
    this.alertsPending = true;
    // A burst of alerts in one frame of the socket is one change of the screen.
    setTimeout(() => {
      this.alertsPending = false;
      this.alerts += 1;
    }, 30);
  }
}
