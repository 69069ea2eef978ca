/**
 * The outlines of a mask as one SVG path: along pixel edges, exact and small, or with cut corners,
 * so that slanted lines are straight.
 *
 * @module
 */
import { type Point, type Ring, traceRings } from "../image/contours.ts";
import type { GreyImage } from "../image/image.ts";
import { maskBox } from "../image/outline.ts";
import { tidy } from "./svg.ts";

/** Values of a mask above it are inside. */
const HALF = 127;

/** The path around the pixels above `above`; empty for an empty mask. One unit is one pixel. */
export function outlinePath(mask: GreyImage, above = HALF): string {
  return ringsOf(mask, above).map((ring) => {
    const [[startX, startY], ...corners] = ring;
    let [x, y] = [startX, startY];
    // Closing the path draws the last edge.
    const steps = corners.map(([nextX, nextY]) => {
      const step = nextX === x ? `v${nextY - y}` : `h${nextX - x}`;
      [x, y] = [nextX, nextY];
      return step;
    });
    return `M${startX} ${startY}${steps.join("")}z`;
  }).join("");
}

/**
 * Like {@linkcode outlinePath}, with every corner cut off half a pixel before and after it. Dashes
 * along it are of equal length in all directions.
 *
 * @param inset The path keeps this distance from the border, so that a wide line stays inside.
 */
export function smoothOutlinePath(mask: GreyImage, inset = 0): string {
  const { width, height } = mask;
  const within = (value: number, side: number) => {
    const room = Math.min(inset, side / 2);
    return Math.max(room, Math.min(side - room, value));
  };
  return ringsOf(mask, HALF).map((ring) => {
    const points: Point[] = [];
    ring.forEach((corner, k) => {
      const before = ring[(k + ring.length - 1) % ring.length];
      const after = ring[(k + 1) % ring.length];
      for (const [x, y] of [halfTowards(corner, before), halfTowards(corner, after)]) {
        add(points, [within(x, width), within(y, height)]);
      }
    });
    return `M${points.map(([x, y]) => `${tidy(x)} ${tidy(y)}`).join("L")}z`;
  }).join("");
}

/** Adds a point to a line; the last one is left out when it lies on the way to this one. */
function add(points: Point[], [x, y]: Point): void {
  const [lastX, lastY] = points.at(-1) ?? [NaN, NaN];
  if (lastX === x && lastY === y) return;
  const [firstX, firstY] = points.at(-2) ?? [NaN, NaN];
  const [dx, dy] = [lastX - firstX, lastY - firstY];
  const isStraight = dx * (y - lastY) === dy * (x - lastX) &&
    dx * (x - lastX) + dy * (y - lastY) > 0;
  if (isStraight) points.pop();
  points.push([x, y]);
}

/** The rings around the pixels above `above`; only the part with such pixels is searched. */
function ringsOf(mask: GreyImage, above: number): Ring[] {
  const { width, pixels } = mask;
  const box = maskBox(mask, above);
  return box === undefined ? [] : traceRings(box, (x, y) => pixels[y * width + x] > above);
}

/** The point half a pixel away from a corner, on an edge along x or y. */
function halfTowards([x, y]: Point, [toX, toY]: Point): Point {
  return [x + Math.sign(toX - x) / 2, y + Math.sign(toY - y) / 2];
}
