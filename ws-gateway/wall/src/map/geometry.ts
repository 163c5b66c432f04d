// Plane geometry of the schematic: offset, smoothing and clipping of polygons. Pure.

export type Point = readonly [number, number];
export type Polygon = Point[];

/** Twice the signed area; positive when counter-clockwise in a y-up plane. */
export function signedArea(polygon: Polygon): number {
  let sum = 0;
  polygon.forEach(([x, y], i) => {
    const [nx, ny] = at(polygon, i + 1);
    sum += x * ny - nx * y;
  });
  return sum;
}

/** The subject inside a convex clip (Sutherland and Hodgman). The subject may be concave. */
export function clipToConvex(subject: Polygon, clip: Polygon): Polygon {
  const turn = Math.sign(signedArea(clip)) || 1;
  let kept = subject;
  clip.forEach((from, i) => {
    const to = at(clip, i + 1);
    const side = ([x, y]: Point): number =>
      turn * ((to[0] - from[0]) * (y - from[1]) - (to[1] - from[1]) * (x - from[0]));
    kept = clipToHalfPlane(kept, side);
  });
  return kept;
}

function clipToHalfPlane(subject: Polygon, side: (point: Point) => number): Polygon {
  const kept: Point[] = [];
  subject.forEach((current, i) => {
    const next = at(subject, i + 1);
    const a = side(current);
    const b = side(next);
    if (a >= 0) kept.push(current);
    if (a >= 0 !== b >= 0) kept.push(between(current, next, a / (a - b)));
  });
  return kept;
}

/** Moves every corner outward by `distance` along the mean of its two edges' normals. */
export function grow(polygon: Polygon, distance: number): Polygon {
  const turn = Math.sign(signedArea(polygon)) || 1;
  return polygon.map((corner, i) => {
    const before = normal(at(polygon, i - 1), corner, turn);
    const after = normal(corner, at(polygon, i + 1), turn);
    const sum: Point = [before[0] + after[0], before[1] + after[1]];
    const length = Math.hypot(...sum) || 1;
    return [corner[0] + (sum[0] / length) * distance, corner[1] + (sum[1] / length) * distance];
  });
}

/** Cuts corners (Chaikin): a smooth outline through the same places. */
export function smooth(polygon: Polygon, rounds: number): Polygon {
  let points = polygon;
  for (let round = 0; round < rounds; round += 1)
    points = points.flatMap((point, i) => {
      const next = at(points, i + 1);
      return [between(point, next, 0.25), between(point, next, 0.75)];
    });
  return points;
}

function normal(from: Point, to: Point, turn: number): Point {
  const dx = to[0] - from[0];
  const dy = to[1] - from[1];
  const length = Math.hypot(dx, dy) || 1;
  return [(turn * dy) / length, (-turn * dx) / length];
}

function between(a: Point, b: Point, share: number): Point {
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share];
}

function at(polygon: Polygon, i: number): Point {
  return polygon[(i + polygon.length) % polygon.length] ?? [0, 0];
}
