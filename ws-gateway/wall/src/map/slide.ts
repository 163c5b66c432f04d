// A map under a moving hand: what was painted is moved, not painted again. Owns how far it was moved and when that is no
// longer enough; leaves moving and painting to the painter. Pure.

/** Painted beyond each edge while the map is moved, as a share of its shorter side. */
const MARGIN_SHARE = 0.2;
/** News waits at most so long for the hand to rest. */
const NEWS_WAITS_MS = 2_000;

export class Slide {
  /** Pixels painted beyond each edge; 0 at rest. */
  margin = 0;
  x = 0;
  y = 0;
  private paintedAt: number | null = null;

  get active(): boolean {
    return this.margin > 0;
  }

  /** The hand moved: true when the picture must be painted again to follow. */
  move(dx: number, dy: number, width: number, height: number): boolean {
    if (!this.active) {
      this.margin = Math.round(Math.min(width, height) * MARGIN_SHARE);
      this.paintedAt = null;
      return true;
    }
    this.x += dx;
    this.y += dy;
    if (this.covers()) return this.paintedAt === null;
    this.paintedAt = null;
    return true;
  }

  /** Whether to paint now what is asked for. */
  paints(now: number): boolean {
    return !this.active || this.paintedAt === null || now - this.paintedAt > NEWS_WAITS_MS;
  }

  /** Everything was painted where it is. */
  painted(now: number): void {
    this.x = 0;
    this.y = 0;
    this.paintedAt = now;
  }

  rest(): void {
    this.margin = 0;
    this.x = 0;
    this.y = 0;
  }

  /** Whether what is painted still reaches over every edge. */
  private covers(): boolean {
    return Math.max(Math.abs(this.x), Math.abs(this.y)) <= this.margin;
  }
}
