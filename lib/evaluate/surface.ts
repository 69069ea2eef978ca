/**
 * Distances between the outlines of two masks: from the centre of each outline pixel to that of the
 * nearest outline pixel of the other mask, in both directions. The outline is the mask's own
 * outermost pixels.
 *
 * @module
 */
import { percentile } from "../core/statistics.ts";
import type { Box } from "../image/contours.ts";
import { squaredDistancesFrom } from "../image/distance_transform.ts";
import type { GreyImage } from "../image/image.ts";
import { outlineOf } from "../image/outline.ts";

/** Distances between two outlines, px. */
export interface SurfaceDistances {
  /** The larger of the two directed 95th percentiles. */
  readonly hd95: number;
  /**
   * The average symmetric surface distance: the mean over the distances of both directions
   * together.
   */
  readonly assd: number;
}

/**
 * Compares the outlines of two masks of one size; pixels other than 0 are inside. `undefined` when
 * either mask is empty.
 */
export function surfaceDistances(a: GreyImage, b: GreyImage): SurfaceDistances | undefined {
  const box = boundsOf(a, b);
  if (box === undefined) return undefined;
  const [first, second] = [outlineOf(a, box), outlineOf(b, box)];
  const there = distancesFrom(first, second, box);
  const back = distancesFrom(second, first, box);
  if (there.length === 0 || back.length === 0) return undefined;
  return {
    hd95: Math.max(percentile(there, 95), percentile(back, 95)),
    assd: (sumOf(there) + sumOf(back)) / (there.length + back.length),
  };
}

/** The bounding box of both masks; `undefined` when either is empty. */
function boundsOf(a: GreyImage, b: GreyImage): Box | undefined {
  const { width, height } = a;
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if ((a.pixels[i] | b.pixels[i]) === 0) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      if (top === height) top = y;
      bottom = y;
    }
  }
  if (right < 0) return undefined;
  return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/** The distances from each pixel of one outline to the nearest of the other, ascending, in px. */
function distancesFrom(from: Uint8Array, to: Uint8Array, { width, height }: Box): Float64Array {
  return squaredDistancesFrom(from, to, width, height).map(Math.sqrt).sort();
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
