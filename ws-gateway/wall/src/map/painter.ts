// Draws the city on three stacked canvases, and while a hand moves it on one that is moved. Owns view, sprites and which
// layer is dirty; leaves what to show to the scene and when to draw to the frame loop. Canvas 2D only: a wall's machine may have no GPU (see docs/decisions).

import type { Severity } from '../live/wire';
import type { Frames, Painter } from '../paint/frames';
import { AssetCloud } from './cloud';
import type { Point } from './geometry';
import { AssetSprites, drawAssets, drawCells, drawMarks } from './layers';
import type { Palette } from './palette';
import { cluster, type Cluster, type Scene } from './scene';
import { Slide } from './slide';
import { View } from './view';

/** Unacknowledged alerts blink this slowly. */
const BLINK_MS = 1_000;
/** Keys that moved the map are at rest after this long. */
const REST_MS = 200;
/** Marks closer than this many text units become one. */
const CLUSTER_REACH = 1.4;

export type Layer = 'cells' | 'assets' | 'marks';
const ALL: readonly Layer[] = ['cells', 'assets', 'marks'];

export class MapPainter implements Painter {
  private readonly view = new View();
  private readonly slide = new Slide();
  private resting: ReturnType<typeof setTimeout> | null = null;
  private readonly dirty = new Set<Layer>(ALL);
  private scene: Scene | null = null;
  private sprites: AssetSprites | null = null;
  private readonly cloud = new AssetCloud();
  private fitPending = true;
  private touched = false;
  /** A place to show from near as soon as the canvas has its size. */
  private destination: { place: Point; magnification: number } | null = null;
  private lit = true;
  private readonly blink: ReturnType<typeof setInterval>;

  constructor(
    private readonly canvases: Record<Layer | 'moving', HTMLCanvasElement>,
    private readonly frames: Frames,
    private palette: Palette,
    private letters: Record<Severity, string>,
  ) {
    this.blink = setInterval(() => this.turn(), BLINK_MS);
  }

  destroy(): void {
    clearInterval(this.blink);
    if (this.resting !== null) clearTimeout(this.resting);
    this.frames.forget(this);
  }

  show(scene: Scene, ...layers: Layer[]): void {
    if (this.scene !== null && this.scene.unit !== scene.unit) this.sprites = null;
    if (this.scene?.schematic !== scene.schematic) this.fitPending = true;
    this.scene = scene;
    this.repaint(layers);
  }

  restyle(palette: Palette, letters: Record<Severity, string>): void {
    this.palette = palette;
    this.letters = letters;
    this.sprites = null;
    this.repaint(ALL);
  }

  resize(width: number, height: number): void {
    if (width === 0 || height === 0) return;
    this.view.width = width;
    this.view.height = height;
    this.slide.rest();
    // A view the operator chose is kept; the overview and a destination follow the window.
    if (!this.touched || this.destination !== null) this.fitPending = true;
    this.repaint(ALL);
  }

  fit(): void {
    this.touched = false;
    this.destination = null;
    this.fitPending = true;
    this.rest();
    this.repaint(ALL);
  }

  zoom(factor: number, at?: Point): void {
    this.touched = true;
    this.destination = null;
    this.rest();
    this.view.zoom(factor, at ?? [this.view.width / 2, this.view.height / 2]);
    this.repaint(ALL);
  }

  /** Moves the map; `held` while a button keeps it: it rests when that is let go. */
  pan(dx: number, dy: number, held = false): void {
    this.touched = true;
    this.destination = null;
    this.view.pan(dx, dy);
    if (this.resting !== null) clearTimeout(this.resting);
    this.resting = held ? null : setTimeout(() => this.rest(), REST_MS);
    if (this.slide.move(dx, dy, this.view.width, this.view.height)) this.repaint(ALL);
    else this.place();
  }

  /** The hand has let go: what was moved is painted anew, at the size of the stage. */
  rest(): void {
    if (this.resting !== null) clearTimeout(this.resting);
    this.resting = null;
    if (!this.slide.active) return;
    this.slide.rest();
    this.repaint(ALL);
  }

  /** Shows a place from near. */
  goTo(place: Point, magnification: number): void {
    this.touched = true;
    this.fitPending = true;
    this.destination = { place, magnification };
    this.rest();
    this.repaint(ALL);
  }

  /** The alert drawn at a pixel. */
  hit(x: number, y: number): string | null {
    const { scene } = this;
    if (scene === null) return null;
    // Not what was painted last: that may have been elsewhere, under the hand.
    const found = this.clusters(scene, this.view).find((c) => Math.hypot(c.x - x, c.y - y) < scene.unit * 0.8);
    return found?.worst.id ?? null;
  }

  paint(now: number): void {
    const { scene, slide } = this;
    if (scene === null || this.view.width <= 1) return;
    // Under a moving hand nothing is painted that was painted already; news waits for it to rest, but not for long.
    if (!slide.paints(now)) return;
    this.applyFit();
    if (slide.active) this.paintMoving(scene);
    else this.paintLayers(scene);
    slide.painted(now);
    this.place();
  }

  private paintLayers(scene: Scene): void {
    for (const layer of ALL) if (sized(this.canvases[layer], this.view)) this.dirty.add(layer);
    for (const layer of this.dirty) this.on(this.canvases[layer], this.view, true, (ctx) => this.draw(ctx, layer, this.view, scene));
    this.dirty.clear();
  }

  /** All layers on one opaque canvas that reaches beyond the stage: moving it costs a copy a frame, and no blending. */
  private paintMoving(scene: Scene): void {
    const view = this.view.grown(this.slide.margin);
    sized(this.canvases.moving, view);
    this.on(this.canvases.moving, view, false, (ctx) => {
      ctx.fillStyle = this.palette.ground;
      ctx.fillRect(0, 0, view.width, view.height);
      for (const layer of ALL) this.draw(ctx, layer, view, scene);
    });
  }

  private draw(ctx: CanvasRenderingContext2D, layer: Layer, view: View, scene: Scene): void {
    if (layer === 'cells') return drawCells(ctx, view, scene, this.palette);
    if (layer === 'assets') {
      this.sprites ??= new AssetSprites(Math.max(5, scene.unit * 0.36), this.palette);
      return drawAssets(ctx, view, scene, this.sprites, this.cloud);
    }
    drawMarks(ctx, view, scene, this.clusters(scene, view), this.palette, this.letters, this.lit || scene.still);
  }

  private clusters(scene: Scene, view: View): Cluster[] {
    return cluster(scene.marks, (place) => view.toPixels(place), scene.unit * CLUSTER_REACH);
  }

  /** Puts the moved picture where it belongs now, over the layers that stand still, or takes it away. */
  private place(): void {
    const { active, margin, x, y } = this.slide;
    const { moving } = this.canvases;
    moving.hidden = !active;
    if (active) moving.style.transform = `translate(${x - margin}px, ${y - margin}px)`;
    // An empty canvas holds no memory.
    else moving.width = moving.height = 0;
  }

  private on(canvas: HTMLCanvasElement, view: View, alpha: boolean, draw: (ctx: CanvasRenderingContext2D) => void): void {
    const ctx = canvas.getContext('2d', { alpha });
    if (ctx === null) return;
    ctx.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    if (alpha) ctx.clearRect(0, 0, view.width, view.height);
    draw(ctx);
  }

  private applyFit(): void {
    if (!this.fitPending || this.scene === null) return;
    this.view.fit(this.scene.schematic.bounds, this.scene.unit * 0.7);
    this.fitPending = false;
    if (this.destination === null) return;
    this.view.zoom(this.destination.magnification, [0, 0]);
    this.view.centre(this.destination.place);
  }

  private turn(): void {
    if (this.scene === null || this.scene.still) return;
    this.lit = !this.lit;
    if (this.scene.marks.some(({ alert }) => alert.ack === null)) this.repaint(['marks']);
  }

  private repaint(layers: readonly Layer[]): void {
    for (const layer of layers) this.dirty.add(layer);
    this.frames.ask(this);
  }
}

/** Gives a canvas the size of a view; true when it had another, and is empty now. */
function sized(canvas: HTMLCanvasElement, view: View): boolean {
  const [width, height] = [Math.round(view.width * devicePixelRatio), Math.round(view.height * devicePixelRatio)];
  if (canvas.width === width && canvas.height === height) return false;
  canvas.width = width;
  canvas.height = height;
  canvas.style.width = `${view.width}px`;
  canvas.style.height = `${view.height}px`;
  return true;
}
