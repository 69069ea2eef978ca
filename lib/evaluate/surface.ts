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
import type { Spacing } from "../image/spacing.ts";

/** Distances between two outlines: px, or mm. */
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
 *
 * @param spacing The size of a pixel; with it distances are in mm.
 */
export function surfaceDistances(
  a: GreyImage,
  b: GreyImage,
  spacing?: Spacing,
): SurfaceDistances | undefined {
  const [own, other] = [maskBox(a), maskBox(b)];
  if (own === undefined || other === undefined) return undefined;
  const box = boxAround([own, other]);
  const [first, second] = [outlineOf(a, box), outlineOf(b, box)];
  const there = distancesFrom(first, second, box, spacing);
  const back = distancesFrom(second, first, box, spacing);
  return {
    hd95: Math.max(percentile(there, 95), percentile(back, 95)),
    assd: (sumOf(there) + sumOf(back)) / (there.length + back.length),
  };
}

/** The distances from each pixel of one outline to the nearest of the other, ascending. */
function distancesFrom(
  from: Uint8Array,
  to: Uint8Array,
  { width, height }: Box,
  spacing?: Spacing,
): Float64Array {
  return squaredDistancesFrom(from, to, width, height, spacing).map(Math.sqrt).sort();
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
