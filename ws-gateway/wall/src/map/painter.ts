// Draws the city on three stacked canvases. Owns view, sprites and which layer is dirty; leaves what to show to the scene
// and when to draw to the frame loop. Canvas 2D only: a wall's machine may have no GPU (see docs/decisions).

import type { Severity } from '../live/wire';
import type { Frames, Painter } from '../paint/frames';
import { AssetCloud } from './cloud';
import type { Point } from './geometry';
import { AssetSprites, drawAssets, drawCells, drawMarks } from './layers';
import type { Palette } from './palette';
import { cluster, type Cluster, type Scene } from './scene';
import { View } from './view';

/** Unacknowledged alerts blink this slowly. */
const BLINK_MS = 1_000;
/** Marks closer than this many text units become one. */
const CLUSTER_REACH = 1.4;

export type Layer = 'cells' | 'assets' | 'marks';
const ALL: readonly Layer[] = ['cells', 'assets', 'marks'];

export class MapPainter implements Painter {
  private readonly view = new View();
  private readonly dirty = new Set<Layer>(ALL);
  private scene: Scene | null = null;
  private sprites: AssetSprites | null = null;
  private readonly cloud = new AssetCloud();
  private clusters: Cluster[] = [];
  private fitPending = true;
  private touched = false;
  /** A place to show from near as soon as the canvas has its size. */
  private destination: { place: Point; magnification: number } | null = null;
  private lit = true;
  private readonly blink: ReturnType<typeof setInterval>;

  constructor(
    private readonly canvases: Record<Layer, HTMLCanvasElement>,
    private readonly frames: Frames,
    private palette: Palette,
    private letters: Record<Severity, string>,
  ) {
    this.blink = setInterval(() => this.turn(), BLINK_MS);
  }

  destroy(): void {
    clearInterval(this.blink);
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
    const ratio = devicePixelRatio;
    for (const canvas of Object.values(this.canvases)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    this.view.width = width;
    this.view.height = height;
    // A view the operator chose is kept; the overview and a destination follow the window.
    if (!this.touched || this.destination !== null) this.fitPending = true;
    this.repaint(ALL);
  }

  fit(): void {
    this.touched = false;
    this.destination = null;
    this.fitPending = true;
    this.repaint(ALL);
  }

  zoom(factor: number, at?: Point): void {
    this.touched = true;
    this.destination = null;
    this.view.zoom(factor, at ?? [this.view.width / 2, this.view.height / 2]);
    this.repaint(ALL);
  }

  pan(dx: number, dy: number): void {
    this.touched = true;
    this.destination = null;
    this.view.pan(dx, dy);
    this.repaint(ALL);
  }

  /** Shows a place from near. */
  goTo(place: Point, magnification: number): void {
    this.touched = true;
    this.fitPending = true;
    this.destination = { place, magnification };
    this.repaint(ALL);
  }

  /** The alert drawn at a pixel. */
  hit(x: number, y: number): string | null {
    const reach = (this.scene?.unit ?? 0) * 0.8;
    const found = this.clusters.find((c) => Math.hypot(c.x - x, c.y - y) < reach);
    return found?.worst.id ?? null;
  }

  paint(): void {
    const { scene } = this;
    if (scene === null || this.view.width <= 1) return;
    this.applyFit();
    const { cells, assets, marks } = this.canvases;
    if (this.dirty.has('cells')) this.on(cells, (ctx) => drawCells(ctx, this.view, scene, this.palette));
    if (this.dirty.has('assets')) {
      this.sprites ??= new AssetSprites(Math.max(5, scene.unit * 0.36), this.palette);
      const { sprites } = this;
      this.on(assets, (ctx) => drawAssets(ctx, this.view, scene, sprites, this.cloud));
    }
    if (this.dirty.has('marks')) {
      this.clusters = cluster(scene.marks, (place) => this.view.toPixels(place), scene.unit * CLUSTER_REACH);
      this.on(marks, (ctx) =>
        drawMarks(ctx, this.view, scene, this.clusters, this.palette, this.letters, this.lit || scene.still),
      );
    }
    this.dirty.clear();
  }

  private on(canvas: HTMLCanvasElement, draw: (ctx: CanvasRenderingContext2D) => void): void {
    const ctx = canvas.getContext('2d');
    if (ctx === null) return;
    ctx.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
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
