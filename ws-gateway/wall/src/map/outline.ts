// A sensible hull around the area seats: the Delaunay triangulation with its long outer edges peeled off (a chi-shape),
// moved outward and smoothed. Where no boundary is known this is where the schematic ends.

import type { Delaunay } from 'd3-delaunay';
import { grow, smooth, type Point, type Polygon } from './geometry';

/** Outer edges longer than this many typical edges are peeled off. */
const PEEL_FACTOR = 1.9;
/** The outline runs this share of a typical edge outside the outermost seats. */
const MARGIN = 0.55;

export function outline(seats: Point[], delaunay: Delaunay<unknown>): Polygon {
  const typical = medianEdge(seats, delaunay);
  const ring = peel(seats, delaunay, typical * PEEL_FACTOR);
  return smooth(grow(ring.map((i) => seats[i] ?? [0, 0]), typical * MARGIN), 3);
}

function medianEdge(seats: Point[], { triangles, halfedges }: Delaunay<unknown>): number {
  const lengths: number[] = [];
  halfedges.forEach((twin, e) => {
    if (twin < e) lengths.push(distance(seats, triangles[e] ?? 0, triangles[nextOf(e)] ?? 0));
  });
  lengths.sort((a, b) => a - b);
  return lengths[lengths.length >> 1] ?? 1;
}

/** Indices of the seats along the peeled boundary, in order. */
function peel(seats: Point[], delaunay: Delaunay<unknown>, limit: number): number[] {
  const ring = [...delaunay.hull];
  const apex = apexFinder(delaunay);
  let kept = 0;
  while (kept < ring.length) {
    const longest = longestEdge(seats, ring, kept);
    const from = ring[longest] ?? 0;
    const to = ring[(longest + 1) % ring.length] ?? 0;
    if (distance(seats, from, to) <= limit) break;
    const inner = apex(from, to);
    if (inner === null || ring.includes(inner)) {
      // Peeling here would cut the shape in two: skip edges at least this long from now on.
      kept += 1;
      continue;
    }
    ring.splice(longest + 1, 0, inner);
    kept = 0;
  }
  return ring;
}

/** The place in the ring of its longest edge but `skip`. */
function longestEdge(seats: Point[], ring: number[], skip: number): number {
  const order = ring.map((from, i) => ({ i, length: distance(seats, from, ring[(i + 1) % ring.length] ?? 0) }));
  order.sort((a, b) => b.length - a.length);
  return order[skip]?.i ?? 0;
}

/** The third seat of the triangle on the inner side of a boundary edge. */
function apexFinder({ triangles }: Delaunay<unknown>): (from: number, to: number) => number | null {
  const corners = new Map<string, number>();
  triangles.forEach((from, e) => {
    const to = triangles[nextOf(e)] ?? 0;
    corners.set(`${from},${to}`, triangles[nextOf(nextOf(e))] ?? 0);
  });
  // The hull of d3-delaunay runs counter to its triangles in one of the two senses: accept either.
  return (from, to) => corners.get(`${to},${from}`) ?? corners.get(`${from},${to}`) ?? null;
}

function nextOf(e: number): number {
  return e % 3 === 2 ? e - 2 : e + 1;
}

function distance(seats: Point[], a: number, b: number): number {
  const [ax, ay] = seats[a] ?? [0, 0];
  const [bx, by] = seats[b] ?? [0, 0];
  return Math.hypot(ax - bx, ay - by);
}
