// The city as a drawing when no boundaries are known: one Voronoi cell an area seat, clipped to the outline of all seats.
// Owns the geometry in map units; leaves colours and pixels to the painter.

import { Delaunay } from 'd3-delaunay';
import { clipToConvex, type Point, type Polygon } from './geometry';
import { outline } from './outline';

export interface Area {
  code: string;
  parent: string | null;
  level: string;
  name: { vi: string; en: string };
  lat: number;
  lon: number;
}

export interface Cell {
  area: Area;
  seat: Point;
  polygon: Polygon;
}

export interface Schematic {
  cells: Cell[];
  /** The areas between the cells and the whole: what an overview is labelled with. */
  districts: { area: Area; seat: Point }[];
  outline: Polygon;
  /** Edges between cells of different parents: the heavier lines. */
  borders: [Point, Point][];
  bounds: { min: Point; max: Point };
}

/** Degrees to map units: one unit is a degree of latitude everywhere, y grows southwards. */
export class Plane {
  private readonly shrink: number;

  constructor(private readonly centreLat: number) {
    this.shrink = Math.cos((centreLat * Math.PI) / 180);
  }

  point(lat: number, lon: number): Point {
    return [lon * this.shrink, this.centreLat - lat];
  }
}

export function schematic(areas: Area[], plane: Plane): Schematic {
  const parents = new Set(areas.map((area) => area.parent));
  const leaves = areas.filter((area) => !parents.has(area.code));
  const seats = leaves.map((area) => plane.point(area.lat, area.lon));
  const delaunay = Delaunay.from(seats.map(([x, y]) => [x, y]));
  const rim = seats.length < 3 ? aroundFew(seats) : outline(seats, delaunay);
  const bounds = boundsOf(rim);
  const margin = 1;
  const voronoi = delaunay.voronoi([
    bounds.min[0] - margin,
    bounds.min[1] - margin,
    bounds.max[0] + margin,
    bounds.max[1] + margin,
  ]);
  const cells = leaves.map((area, i) => {
    const cell = (voronoi.cellPolygon(i) ?? []).slice(0, -1).map(([x, y]): Point => [x, y]);
    return { area, seat: seats[i] ?? [0, 0], polygon: clipToConvex(rim, cell) };
  });
  return { cells, districts: districtsOf(cells, areas), outline: rim, borders: bordersOf(leaves, delaunay, voronoi.circumcenters), bounds };
}

/** Labelled in the middle of their cells: the seat of a district is often at its rim. */
function districtsOf(cells: Cell[], areas: Area[]): Schematic['districts'] {
  return areas
    .filter((area) => area.parent !== null && cells.some((cell) => cell.area.parent === area.code))
    .map((area) => {
      const own = cells.filter((cell) => cell.area.parent === area.code);
      const mean = (axis: 0 | 1): number => own.reduce((sum, { seat }) => sum + seat[axis], 0) / own.length;
      return { area, seat: [mean(0), mean(1)] };
    });
}

function bordersOf(leaves: Area[], delaunay: Delaunay<unknown>, centres: ArrayLike<number>): [Point, Point][] {
  const { halfedges, triangles } = delaunay;
  const borders: [Point, Point][] = [];
  const centre = (e: number): Point => {
    const t = Math.floor(e / 3) * 2;
    return [centres[t] ?? 0, centres[t + 1] ?? 0];
  };
  halfedges.forEach((twin, e) => {
    if (twin < e) return;
    const from = leaves[triangles[e] ?? 0];
    const to = leaves[triangles[e % 3 === 2 ? e - 2 : e + 1] ?? 0];
    if (from?.parent !== to?.parent) borders.push([centre(e), centre(twin)]);
  });
  return borders;
}

function boundsOf(polygon: Polygon): Schematic['bounds'] {
  const xs = polygon.map(([x]) => x);
  const ys = polygon.map(([, y]) => y);
  return { min: [Math.min(...xs), Math.min(...ys)], max: [Math.max(...xs), Math.max(...ys)] };
}

/** One or two seats have no triangulation: a box around them. */
function aroundFew(seats: Point[]): Polygon {
  const { min, max } = boundsOf(seats.length === 0 ? [[0, 0]] : seats);
  const room = 0.1;
  return [
    [min[0] - room, min[1] - room],
    [max[0] + room, min[1] - room],
    [max[0] + room, max[1] + room],
    [min[0] - room, max[1] + room],
  ];
}
