/**
 * What an image goes through, as words that a device reads: the record `Change` of
 * kernels_wgsl/augment_change.wgsl. Tables hold whatever needs more than float32 or an exact
 * exponential; the device does the rest.
 *
 * @module
 */
import { floatBits } from "../../core/wasm.ts";
import type { DrawKey, ImageDraw } from "./draw.ts";
import { INGREDIENTS } from "./ingredients.ts";
import { blurWeights, noiseKey, powersOf, rowLights } from "./values.ts";
import { affineWords, IDENTITY, nodesOf } from "./warp.ts";

/** The most weights of a blur: three sigma to each side. */
export const BLUR_WEIGHTS = 2 * Math.ceil(3 * INGREDIENTS.blur.sigma.to) + 1;

/** The size of the images, and the cells of the elastic grid along a side; 0: no grid. */
export interface RecordShape {
  readonly width: number;
  readonly height: number;
  readonly cells: number;
}

/** The floats of a grid in the record; at least one, since no array of the kernel is empty. */
export function gridValues(cells: number): number {
  return Math.max(1, 2 * nodesOf(cells) ** 2);
}

/** The words of one record. */
export function recordLength({ height, cells }: Pick<RecordShape, "height" | "cells">): number {
  return 6 + 4 + 5 + 3 + 1 + BLUR_WEIGHTS + 256 + 4 * height + gridValues(cells);
}

/** The record of an image. The grid of its draw, if there is one, has `cells` cells. */
export function changeRecord(
  draw: ImageDraw,
  key: DrawKey,
  { width, height, cells }: RecordShape,
): Int32Array {
  const { contrast = 1, brightness = 0, speckle = 0, noise = 0, cutout, elastic } = draw;
  const weights = blurWeights(draw.blur);
  const words = [
    ...affineWords(draw.affine ?? IDENTITY),
    ...[contrast, brightness, speckle, 255 * noise].map(floatBits),
    ...noiseKey(key),
    ...(cutout ? [cutout.left, cutout.top, cutout.side] : [0, 0, 0]),
    (weights.length - 1) / 2,
    ...padded(weights, BLUR_WEIGHTS),
    ...Array.from(powersOf(draw.gamma), floatBits),
    ...rowLights(height, width, draw),
    ...padded(
      Array.from([...elastic?.dx ?? [], ...elastic?.dy ?? []], floatBits),
      gridValues(cells),
    ),
  ];
  return Int32Array.from(words);
}

/** The words, followed by zeros. */
function padded(words: readonly number[], length: number): number[] {
  return [...words, ...Array<number>(length - words.length).fill(0)];
}
