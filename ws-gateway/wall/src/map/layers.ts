// The three layers of the map: cells, assets, alerts with labels. Each draws a scene on its own canvas context; none keeps
// state but its sprites.

import { shortArea } from '../chrome/format';
import { RANK } from '../store/alerts';
import type { Freshness, Severity } from '../live/wire';
import type { AssetCloud } from './cloud';
import type { Point, Polygon } from './geometry';
import type { Palette } from './palette';
import type { Cluster, Scene } from './scene';
import type { Cell } from './schematic';
import { LETTER_Y, SEVERITY_SHAPES, shapeOf } from './shapes';
import type { View } from './view';

type Context = CanvasRenderingContext2D;

/** How strongly a severity tints its area; the worse, the stronger. */
const TINT: Record<Severity, number> = { critical: 0.5, high: 0.4, medium: 0.3, low: 0.24 };

export function drawCells(ctx: Context, view: View, scene: Scene, palette: Palette): void {
  const { cells, borders, outline } = scene.schematic;
  ctx.lineJoin = 'round';
  const parents = [...new Set(cells.map((cell) => cell.area.parent))];
  for (const cell of cells) {
    trace(ctx, view, cell.polygon);
    ctx.fillStyle = parents.indexOf(cell.area.parent) % 2 === 0 ? palette.cell : palette.cellAlternate;
    ctx.fill();
    if (scene.blind.has(cell.area.code)) hatch(ctx, view, cell, scene.unit, palette);
    tint(ctx, view, cell, scene, palette);
    trace(ctx, view, cell.polygon);
    ctx.strokeStyle = palette.line;
    ctx.lineWidth = scene.unit * 0.05;
    ctx.stroke();
  }
  drawBorders(ctx, view, borders, outline, scene.unit, palette);
}

function tint(ctx: Context, view: View, cell: Cell, scene: Scene, palette: Palette): void {
  const state = scene.areas.get(cell.area.code);
  if (state === undefined) return;
  trace(ctx, view, cell.polygon);
  ctx.globalAlpha = TINT[state.worst];
  ctx.fillStyle = palette.severity[state.worst];
  ctx.fill();
  ctx.globalAlpha = 1;
}

function drawBorders(
  ctx: Context,
  view: View,
  borders: Scene['schematic']['borders'],
  outline: Polygon,
  unit: number,
  palette: Palette,
): void {
  ctx.save();
  trace(ctx, view, outline);
  ctx.clip();
  ctx.beginPath();
  for (const [from, to] of borders) {
    ctx.moveTo(...view.toPixels(from));
    ctx.lineTo(...view.toPixels(to));
  }
  ctx.strokeStyle = palette.border;
  ctx.lineWidth = unit * 0.11;
  ctx.stroke();
  ctx.restore();
  trace(ctx, view, outline);
  ctx.strokeStyle = palette.rim;
  ctx.lineWidth = unit * 0.13;
  ctx.stroke();
}

function hatch(ctx: Context, view: View, cell: Cell, unit: number, palette: Palette): void {
  ctx.save();
  trace(ctx, view, cell.polygon);
  ctx.clip();
  ctx.beginPath();
  for (let x = -view.height; x < view.width; x += unit * 0.5) {
    ctx.moveTo(x, view.height);
    ctx.lineTo(x + view.height, 0);
  }
  ctx.strokeStyle = palette.hatch;
  ctx.lineWidth = unit * 0.08;
  ctx.stroke();
  ctx.restore();
}

/** Sprites by domain and freshness: a point is a blit, not a path. */
export class AssetSprites {
  private readonly sprites = new Map<string, Record<Freshness, HTMLCanvasElement>>();

  constructor(
    readonly size: number,
    private readonly palette: Palette,
  ) {}

  of(domain: string, freshness: Freshness): HTMLCanvasElement {
    let sprites = this.sprites.get(domain);
    if (sprites === undefined) {
      const draw = (f: Freshness): HTMLCanvasElement => this.draw(domain, f);
      sprites = { live: draw('live'), stale: draw('stale'), unseen: draw('unseen'), offline: draw('offline') };
      this.sprites.set(domain, sprites);
    }
    return sprites[freshness];
  }

  private draw(domain: string, freshness: Freshness): HTMLCanvasElement {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = Math.ceil(this.size) + 2;
    const ctx = canvas.getContext('2d');
    if (ctx === null) return canvas;
    ctx.translate(1, 1);
    ctx.scale(this.size / 16, this.size / 16);
    if (freshness === 'live') {
      ctx.fillStyle = this.palette.asset;
      ctx.fill(new Path2D(shapeOf(domain)), 'evenodd');
    } else {
      // Not live is hollow: unknown never looks normal.
      ctx.strokeStyle = this.palette.assetUnknown;
      ctx.lineWidth = 2.4;
      ctx.stroke(new Path2D(freshness === 'offline' ? 'M2 2 14 14M14 2 2 14' : shapeOf(domain)));
    }
    return canvas;
  }
}

export function drawAssets(ctx: Context, view: View, scene: Scene, sprites: AssetSprites, cloud: AssetCloud): void {
  cloud.follow(scene.assets, scene.plane);
  const half = sprites.size / 2 + 1;
  cloud.visit(view, sprites.size, scene.hiddenDomains, ({ domain, freshness }, x, y) => {
    ctx.drawImage(sprites.of(domain, freshness), Math.round(x - half), Math.round(y - half));
  });
}

interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

export function drawMarks(
  ctx: Context,
  view: View,
  scene: Scene,
  clusters: Cluster[],
  palette: Palette,
  letters: Record<Severity, string>,
  lit: boolean,
): void {
  const size = scene.unit * 1.55;
  const taken: Box[] = clusters.map((c) => ({ x: c.x - size / 2, y: c.y - size / 2, w: size * (c.count > 1 ? 1.7 : 1), h: size }));
  drawLabels(ctx, view, scene, palette, taken);
  for (const c of [...clusters].reverse()) {
    const selected = scene.selected !== null && c.ids.includes(scene.selected);
    drawMark(ctx, c, size, palette, letters, lit || !c.unacknowledged, selected);
  }
}

function drawMark(
  ctx: Context,
  { x, y, worst, count }: Cluster,
  size: number,
  palette: Palette,
  letters: Record<Severity, string>,
  lit: boolean,
  selected: boolean,
): void {
  const { severity } = worst;
  ctx.save();
  ctx.translate(x - size / 2, y - size / 2);
  ctx.scale(size / 16, size / 16);
  const shape = new Path2D(SEVERITY_SHAPES[severity]);
  ctx.lineJoin = 'round';
  ctx.strokeStyle = selected ? palette.text : palette.halo;
  ctx.lineWidth = selected ? 5 : 3;
  ctx.stroke(shape);
  // The dim half of a blink keeps shape, letter and a third of its colour.
  ctx.fillStyle = palette.ground;
  ctx.fill(shape);
  ctx.globalAlpha = lit ? 1 : 0.3;
  ctx.fillStyle = palette.severity[severity];
  ctx.fill(shape);
  ctx.globalAlpha = 1;
  ctx.strokeStyle = palette.badgeLine === 'transparent' ? palette.severity[severity] : palette.badgeLine;
  ctx.lineWidth = 1.1;
  ctx.stroke(shape);
  ctx.fillStyle = lit ? palette.onSeverity : palette.text;
  ctx.font = '800 9.5px "Inter Variable", sans-serif';
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  ctx.fillText(letters[severity], 8, LETTER_Y[severity] + 0.5);
  ctx.restore();
  if (count < 2) return;
  ctx.font = `700 ${size * 0.72}px "Inter Variable", sans-serif`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  text(ctx, `×${count}`, x + size * 0.56, y, palette.text, palette.halo, size * 0.18);
}

/** From here on there is room for the names of all communes; below it those that need somebody are named. */
const CLOSE = 1.7;

function drawLabels(ctx: Context, view: View, scene: Scene, palette: Palette, taken: Box[]): void {
  const { unit } = scene;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  const urgency = (cell: Cell): number => {
    const state = scene.areas.get(cell.area.code);
    return state === undefined ? 0 : RANK[state.worst];
  };
  const near = view.magnification >= CLOSE || scene.schematic.districts.length === 0;
  const named = scene.schematic.cells.filter((cell) => near || urgency(cell) > 0);
  for (const cell of named.sort((a, b) => urgency(b) - urgency(a))) {
    const abnormal = urgency(cell) > 0;
    ctx.font = `${abnormal ? 650 : 450} ${unit}px "Inter Variable", sans-serif`;
    const colour = abnormal ? palette.text : palette.textQuiet;
    label(ctx, view, shortArea(cell.area.name[scene.lang]), view.toPixels(cell.seat), colour, scene, palette, taken);
  }
  if (near) return;
  ctx.font = `600 ${unit}px "Inter Variable", sans-serif`;
  ctx.letterSpacing = `${unit * 0.09}px`;
  const said = new Set(named.map((cell) => shortArea(cell.area.name[scene.lang])));
  for (const { area, seat } of scene.schematic.districts)
    if (!said.has(shortArea(area.name[scene.lang])))
      label(ctx, view, shortArea(area.name[scene.lang]).toLocaleUpperCase(scene.lang), view.toPixels(seat), palette.textQuiet, scene, palette, taken);
  ctx.letterSpacing = '0px';
}

function label(ctx: Context, view: View, name: string, [x, y]: Point, colour: string, { unit }: Scene, palette: Palette, taken: Box[]): void {
  const box = freePlace(x, y, ctx.measureText(name).width, unit, taken, view);
  if (box === null) return;
  taken.push(box);
  text(ctx, name, box.x + box.w / 2, box.y + box.h / 2, colour, palette.halo, unit * 0.28);
}

/** The first of a few places around the seat that is free and on the map. */
function freePlace(x: number, y: number, w: number, unit: number, taken: Box[], view: View): Box | null {
  const h = unit * 1.15;
  for (const dy of [0, 1.1, -1.1]) {
    // A name at the rim slides inwards; one of a place outside the view is left out.
    const left = Math.min(Math.max(x - w / 2, 2), view.width - w - 2);
    const box = { x: left, y: y - h / 2 + dy * unit, w, h };
    const inside = x > 0 && x < view.width && box.y > 0 && box.y + h < view.height;
    if (inside && !taken.some((other) => overlaps(box, other))) return box;
  }
  return null;
}

function overlaps(a: Box, b: Box): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

function text(ctx: Context, words: string, x: number, y: number, fill: string, halo: string, width: number): void {
  ctx.lineJoin = 'round';
  ctx.strokeStyle = halo;
  ctx.lineWidth = width;
  ctx.strokeText(words, x, y);
  ctx.fillStyle = fill;
  ctx.fillText(words, x, y);
}

function trace(ctx: Context, view: View, polygon: Polygon): void {
  ctx.beginPath();
  polygon.forEach((point, i) => {
    const [x, y] = view.toPixels(point);
    if (i === 0) ctx.moveTo(x, y);
    else ctx.lineTo(x, y);
  });
  ctx.closePath();
}

