/**
 * Distances between the outlines of two masks: from the centre of each outline pixel to that of the
 * nearest outline pixel of the other mask, in both directions. The outline is the mask's own
 * outermost pixels.
 *
 * @module
 */
import { percentile } from "../core/statistics.ts";
import { type Box, boxAround } from "../image/contours.ts";
import { squaredDistancesFrom } from "../image/distance_transform.ts";
import type { GreyImage } from "../image/image.ts";
import { maskBox, outlineOf } from "../image/outline.ts";

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
  const [own, other] = [maskBox(a), maskBox(b)];
  if (own === undefined || other === undefined) return undefined;
  const box = boxAround([own, other]);
  const [first, second] = [outlineOf(a, box), outlineOf(b, box)];
  const there = distancesFrom(first, second, box);
  const back = distancesFrom(second, first, box);
  return {
    hd95: Math.max(percentile(there, 95), percentile(back, 95)),
    assd: (sumOf(there) + sumOf(back)) / (there.length + back.length),
  };
}

/** The distances from each pixel of one outline to the nearest of the other, ascending, in px. */
function distancesFrom(from: Uint8Array, to: Uint8Array, { width, height }: Box): Float64Array {
  return squaredDistancesFrom(from, to, width, height).map(Math.sqrt).sort();
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
