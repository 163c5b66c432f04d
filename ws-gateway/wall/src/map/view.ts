// Which part of the plane is on the canvas. Pure: pixels and map units, zoom and pan.

import type { Point } from './geometry';

const MAX_ZOOM = 40;

export class View {
  /** Pixels a map unit. */
  scale = 1;
  private x = 0;
  private y = 0;
  private fitted = 1;

  constructor(
    public width = 1,
    public height = 1,
  ) {}

  /** The same part of the plane with so many pixels more on every side. */
  grown(margin: number): View {
    const view = new View(this.width + 2 * margin, this.height + 2 * margin);
    view.scale = this.scale;
    view.fitted = this.fitted;
    view.x = this.x + margin;
    view.y = this.y + margin;
    return view;
  }

  /** Shows all of the bounds with a margin in pixels. */
  fit(bounds: { min: Point; max: Point }, margin: number): void {
    const [w, h] = [bounds.max[0] - bounds.min[0], bounds.max[1] - bounds.min[1]];
    this.scale = Math.min((this.width - 2 * margin) / w, (this.height - 2 * margin) / h);
    this.fitted = this.scale;
    this.centre([(bounds.min[0] + bounds.max[0]) / 2, (bounds.min[1] + bounds.max[1]) / 2]);
  }

  centre([x, y]: Point): void {
    this.x = this.width / 2 - x * this.scale;
    this.y = this.height / 2 - y * this.scale;
  }

  toPixels([x, y]: Point): Point {
    return [x * this.scale + this.x, y * this.scale + this.y];
  }

  pan(dx: number, dy: number): void {
    this.x += dx;
    this.y += dy;
  }

  /** Zooms by a factor around a pixel. */
  zoom(factor: number, [px, py]: Point): void {
    const scale = Math.min(this.fitted * MAX_ZOOM, Math.max(this.fitted * 0.8, this.scale * factor));
    const change = scale / this.scale;
    this.x = px - (px - this.x) * change;
    this.y = py - (py - this.y) * change;
    this.scale = scale;
  }

  get magnification(): number {
    return this.scale / this.fitted;
  }
}
