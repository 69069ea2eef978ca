/**
 * The long and the short axis of a lesion (Feret diameters).
 *
 * @module
 */
import type { Point } from "../image/contours.ts";
import type { Spacing } from "../image/spacing.ts";

/** The two axes, px or mm. */
export interface Axes {
  /** The maximum Feret diameter: the largest distance between two points. */
  readonly long: number;
  /** The largest extent at a right angle to the long axis. */
  readonly short: number;
}

/**
 * The axes of points in px; in mm with the size of a pixel. Where a pixel is wider than high, those
 * in mm may lie elsewhere than those in px. Among equally long ones, such as the diagonals of a
 * square, the pair with the larger short axis is taken.
 */
export function axesOf(points: readonly Point[], { x, y }: Spacing = { x: 1, y: 1 }): Axes {
  // A hull in px is one in mm. With whole numbers of px its turns are exact, equal lengths equal.
  const hull = convexHull(points);
  let longest = 0;
  let short = 0;
  for (let i = 0; i < hull.length; i++) {
    for (let j = i + 1; j < hull.length; j++) {
      const [dx, dy] = [x * (hull[j][0] - hull[i][0]), y * (hull[j][1] - hull[i][1])];
      const squared = dx * dx + dy * dy;
      if (squared < longest || squared === 0) continue;
      const across = extent(hull, -dy * x, dx * y) / Math.sqrt(squared);
      short = squared > longest ? across : Math.max(short, across);
      longest = squared;
    }
  }
  return { long: Math.sqrt(longest), short };
}

/** The extent of points along a direction, in units of the direction's length. */
function extent(points: readonly Point[], dx: number, dy: number): number {
  let least = Infinity;
  let most = -Infinity;
  for (const [x, y] of points) {
    const along = x * dx + y * dy;
    least = Math.min(least, along);
    most = Math.max(most, along);
  }
  return most - least;
}

/** The corners of the convex hull, in order (Andrew's monotone chain, 1979). */
function convexHull(points: readonly Point[]): Point[] {
  const sorted = points.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
  return [...halfHull(sorted), ...halfHull(sorted.toReversed())];
}

/** One side of the hull, without its last point, which begins the other side. */
function halfHull(sorted: readonly Point[]): Point[] {
  const side: Point[] = [];
  for (const point of sorted) {
    while (side.length > 1 && turn(side[side.length - 2], side[side.length - 1], point) <= 0) {
      side.pop();
    }
    side.push(point);
  }
  return side.slice(0, -1);
}

/**
 * Cross product of two edges: positive for a turn to one side, negative for the other, 0 for none.
 */
function turn([ax, ay]: Point, [bx, by]: Point, [cx, cy]: Point): number {
  return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
}
