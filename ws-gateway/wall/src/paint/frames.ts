// One animation loop for everything drawn on canvas. A painter is called only when it asked for it, its panel is on
// screen and the page is visible; the rate of real frames is what the corner shows.

export interface Painter {
  /** Draws; called at most once a frame. */
  paint(now: number): void;
}

export class Frames {
  private readonly asked = new Set<Painter>();
  private readonly hidden = new Set<Painter>();
  private handle: number | null = null;
  private readonly stamps: number[] = [];

  constructor() {
    document.addEventListener('visibilitychange', () => this.wake());
    requestAnimationFrame((now) => this.measure(now));
  }

  ask(painter: Painter): void {
    this.asked.add(painter);
    this.wake();
  }

  forget(painter: Painter): void {
    this.asked.delete(painter);
    this.hidden.delete(painter);
  }

  setHidden(painter: Painter, hidden: boolean): void {
    if (hidden) this.hidden.add(painter);
    else this.hidden.delete(painter);
    this.wake();
  }

  /** Frames the browser managed in the last second. */
  get rate(): number {
    const last = this.stamps[this.stamps.length - 1] ?? 0;
    while (this.stamps.length > 0 && last - (this.stamps[0] ?? 0) > 1000) this.stamps.shift();
    return Math.max(0, this.stamps.length - 1);
  }

  private wake(): void {
    if (this.handle !== null || document.hidden) return;
    if ([...this.asked].every((painter) => this.hidden.has(painter))) return;
    this.handle = requestAnimationFrame((now) => this.run(now));
  }

  private run(now: number): void {
    this.handle = null;
    for (const painter of [...this.asked]) {
      if (this.hidden.has(painter)) continue;
      this.asked.delete(painter);
      painter.paint(now);
    }
    this.wake();
  }

  private measure(now: number): void {
    this.stamps.push(now);
    if (this.stamps.length > 240) this.stamps.shift();
    requestAnimationFrame((next) => this.measure(next));
  }
}
