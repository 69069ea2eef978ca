/**
 * What an image goes through, as words that a device reads: the record `Change` of
 * kernels_wgsl/augment_change.wgsl. Tables hold whatever needs more than float32 or an exact
 * exponential; the device does the rest.
 *
 * @module
 */
import type { DrawKey, ImageDraw } from "./draw.ts";
import { INGREDIENTS } from "./ingredients.ts";
import { gaussian, narrownessOf, noiseKey, powersOf, rowLights } from "./values.ts";
import { IDENTITY } from "./warp.ts";

/** The most weights of a blur: three sigma to each side. */
export const BLUR_WEIGHTS = 2 * Math.ceil(3 * INGREDIENTS.blur.sigma.to) + 1;

/** The size of the images, and the cells of the elastic grid along a side; 0: no grid. */
export interface RecordShape {
  readonly width: number;
  readonly height: number;
  readonly cells: number;
}

/** The nodes along a side of a grid of `cells` cells; 0 where there is no grid. */
export function nodesOf(cells: number): number {
  return cells === 0 ? 0 : cells + 3;
}

/** The floats of a grid in the record; at least one, since no array of the kernel is empty. */
export function gridValues(cells: number): number {
  return Math.max(1, 2 * nodesOf(cells) ** 2);
}

/** The words of one record. */
export function recordLength({ height, cells }: Pick<RecordShape, "height" | "cells">): number {
  return 11 + 9 + BLUR_WEIGHTS + 256 + 3 * height + gridValues(cells);
}

/** The record of an image. The grid of its draw, if there is one, has `cells` cells. */
export function changeRecord(
  draw: ImageDraw,
  key: DrawKey,
  { width, height, cells }: RecordShape,
): Int32Array {
  const { xx, xy, x0, yx, yy, y0 } = draw.affine ?? IDENTITY;
  const { contrast = 1, brightness = 0, speckle = 0, noise = 0, shadow, elastic } = draw;
  const { left, top, side } = draw.cutout ?? { left: 0, top: 0, side: 0 };
  const { key0, key1, counter1, counter2, counter3 } = noiseKey(key);
  const weights = gaussian(draw.blur ?? 0);
  const words = new Int32Array(recordLength({ height, cells }));
  const floats = new Float32Array(words.buffer);
  let next = 0;
  /** Room for `length` words; zeros follow where the values are too few. */
  const put = (
    to: Int32Array | Float32Array,
    values: ArrayLike<number>,
    length = values.length,
  ) => {
    to.set(values, next);
    next += length;
  };
  put(floats, [xx, xy, x0, yx, yy, y0]);
  put(floats, [contrast, brightness, narrownessOf(width, shadow), speckle, 255 * noise]);
  put(words, [key0, key1, counter1, counter2, counter3]);
  put(words, [left, top, side, (weights.length - 1) / 2]);
  put(words, weights, BLUR_WEIGHTS);
  put(floats, powersOf(draw.gamma));
  put(floats, rowLights(width, height, draw));
  if (elastic) {
    put(floats, elastic.dx);
    put(floats, elastic.dy);
  }
  return words;
}
