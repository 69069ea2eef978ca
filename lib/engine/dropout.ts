/**
 * Draws the inputs of dropouts, on the host for all devices: so the masks of a run do not depend on
 * the device, and a resumed run draws those that it would have drawn.
 *
 * @module
 */
import { fnv1a, RandomStream, seedWords } from "../core/random.ts";
import type { DropoutDraw } from "../plan/plan.ts";
import { leastWord } from "../plan/steps/forward_steps.ts";

/** The values of a dropout's input in training step `step`, from 0; the input has this shape. */
export function drawDropout(
  draw: DropoutDraw,
  step: number,
  shape: readonly number[],
): Float32Array<ArrayBuffer> {
  return draw.elements ? dropoutWords(draw, step) : dropoutFactors(draw, step, shape);
}

/**
 * The factors `[n, c]` of a dropout in training step `step`, from 0. Channel c of image i is kept
 * if word c of the random stream (seed, "dropout NAME", step, i) is at least p * 2^32.
 */
export function dropoutFactors(
  { name, p, seed }: DropoutDraw,
  step: number,
  [images, channels]: readonly number[],
): Float32Array<ArrayBuffer> {
  const least = leastWord(p);
  const factors = new Float32Array(images * channels);
  for (let image = 0; image < images; image++) {
    const random = new RandomStream(seed, `dropout ${name}`, step, image);
    for (let channel = 0; channel < channels; channel++) {
      if (random.bits32() >= least) factors[image * channels + channel] = 1 / (1 - p);
    }
  }
  return factors;
}

/**
 * The words of a dropout of elements: the key and the counter of the streams (seed, "dropout NAME",
 * step, image), each word as its lower and its upper 16 bits.
 */
export function dropoutWords(
  { name, seed }: DropoutDraw,
  step: number,
): Float32Array<ArrayBuffer> {
  const words = [...seedWords(seed), step, fnv1a(`dropout ${name}`)];
  return Float32Array.from(words.flatMap((word) => [word & 0xffff, word >>> 16]));
}
