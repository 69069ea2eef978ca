/**
 * Boxes around places of an image, so that a finding can say where it is.
 *
 * @module
 */
import type { Box } from "../image/contours.ts";
import type { GreyImage } from "../image/image.ts";

/** The most places of one kind that are kept of an image. */
export const MOST_PLACES = 20;

/** The smallest box around each component; `labels` are `[height, width]`, from 1 to `count`. */
export function boxesOf(labels: Int32Array, count: number, width: number): Box[] {
  const sides = Array.from({ length: count }, () => [Infinity, Infinity, 0, 0]);
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === 0) continue;
    const own = sides[labels[i] - 1];
    const [x, y] = [i % width, Math.floor(i / width)];
    if (x < own[0]) own[0] = x;
    if (y < own[1]) own[1] = y;
    if (x >= own[2]) own[2] = x + 1;
    if (y >= own[3]) own[3] = y + 1;
  }
  return sides.map(([left, top, right, bottom]) => ({
    x: left,
    y: top,
    width: right - left,
    height: bottom - top,
  }));
}

/** The runs of pixels that are not 0 along the border: top, bottom, left, right. */
export function stripsAtBorder({ width, height, pixels }: GreyImage): Box[] {
  const rows = [...new Set([0, height - 1])].flatMap((y) =>
    runs(width, (x) => pixels[y * width + x] !== 0)
      .map(([x, length]) => ({ x, y, width: length, height: 1 }))
  );
  const columns = [...new Set([0, width - 1])].flatMap((x) =>
    runs(height, (y) => pixels[y * width + x] !== 0)
      .map(([y, length]) => ({ x, y, width: 1, height: length }))
  );
  return [...rows, ...columns];
}

/** The start and length of each run of places that are inside. */
function runs(length: number, isInside: (at: number) => boolean): (readonly [number, number])[] {
  const found: [number, number][] = [];
  for (let at = 0; at < length; at++) {
    if (!isInside(at)) continue;
    if (at > 0 && isInside(at - 1)) found.at(-1)![1]++;
    else found.push([at, 1]);
  }
  return found;
}
