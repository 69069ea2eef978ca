/**
 * Fills polygons with slanted edges. A pixel belongs to a polygon if its centre lies inside by the
 * even-odd rule. Corners are in px from the top left corner of the image; the centre of pixel
 * (x, y) is (x + 0.5, y + 0.5). A centre on a left or upper edge is inside, one on a right or lower
 * edge is outside, so that polygons with a common edge share no pixel.
 *
 * Polygons along pixel edges give exactly their pixels, as contours.ts makes them.
 *
 * @module
 */
import type { GreyImage } from "./image.ts";

/** Corners farther away are moved to this distance, so that slopes stay finite. */
const FARTHEST = 2 ** 20;

/**
 * Sets the pixels of a mask that lie inside a polygon to 255. The polygon may leave the mask.
 *
 * @param corners x, y, x, y, ... in px; finite numbers. The last corner is joined to the first.
 * @returns The number of pixels, corners and rows that were looked at, a measure of the work.
 */
export function fillPolygon(
  { width, height, pixels }: GreyImage,
  corners: ArrayLike<number>,
): number {
  const at = (index: number) => Math.max(-FARTHEST, Math.min(FARTHEST, corners[index]));
  let [left, right, top, bottom] = [width, 0, height, 0];
  for (let k = 0; k < corners.length; k += 2) {
    left = Math.min(left, Math.floor(at(k)));
    right = Math.max(right, Math.ceil(at(k)));
    top = Math.min(top, Math.floor(at(k + 1)));
    bottom = Math.max(bottom, Math.ceil(at(k + 1)));
  }
  left = Math.max(0, left);
  top = Math.max(0, top);
  const across = Math.min(width, right) - left;
  const down = Math.min(height, bottom) - top;
  if (across <= 0 || down <= 0) return corners.length;

  // Each crossing of an edge with the line through a row's centres toggles the pixels to its right.
  const toggles = new Uint8Array(across * down);
  let work = toggles.length + corners.length;
  for (let k = 0; k < corners.length; k += 2) {
    const next = (k + 2) % corners.length;
    const [x1, y1, x2, y2] = [at(k), at(k + 1), at(next), at(next + 1)];
    const first = Math.max(top, Math.ceil(Math.min(y1, y2) - 0.5));
    const end = Math.min(top + down, Math.ceil(Math.max(y1, y2) - 0.5));
    for (let y = first; y < end; y++) {
      const crossing = x1 + (y + 0.5 - y1) * (x2 - x1) / (y2 - y1);
      const column = Math.max(left, Math.ceil(crossing - 0.5));
      if (column < left + across) toggles[(y - top) * across + column - left] ^= 1;
    }
    work += Math.max(0, end - first);
  }
  for (let row = 0; row < down; row++) {
    let inside = 0;
    for (let column = 0; column < across; column++) {
      inside ^= toggles[row * across + column];
      if (inside === 1) pixels[(top + row) * width + left + column] = 255;
    }
  }
  return work;
}

/**
 * Sets the pixels of a mask whose centres lie inside a circle to 255.
 *
 * @param centre x and y in px.
 * @param radius In px.
 * @returns The number of pixels that were looked at.
 */
export function fillCircle(
  { width, height, pixels }: GreyImage,
  [x, y]: readonly [number, number],
  radius: number,
): number {
  const from = (centre: number) => Math.max(0, Math.floor(centre - radius));
  const to = (centre: number, size: number) => Math.min(size, Math.ceil(centre + radius));
  const [left, right, top, bottom] = [from(x), to(x, width), from(y), to(y, height)];
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const distance = (column + 0.5 - x) ** 2 + (row + 0.5 - y) ** 2;
      if (distance < radius ** 2) pixels[row * width + column] = 255;
    }
  }
  return Math.max(0, right - left) * Math.max(0, bottom - top);
}
