/**
 * Draws the factors of dropouts, on the host for all devices: so the masks of a run do not depend
 * on the device, and a resumed run draws those that it would have drawn.
 *
 * @module
 */
import { RandomStream } from "../core/random.ts";
import type { DropoutDraw } from "../plan/plan.ts";

const TWO_32 = 2 ** 32;

/**
 * The factors `[n, c]` of a dropout in training step `step`, from 0. Channel c of image i is kept
 * if word c of the random stream (seed, "dropout NAME", step, i) is at least p * 2^32.
 */
export function dropoutFactors(
  { name, p, seed }: DropoutDraw,
  step: number,
  [images, channels]: readonly number[],
): Float32Array<ArrayBuffer> {
  const least = Math.round(p * TWO_32);
  const factors = new Float32Array(images * channels);
  for (let image = 0; image < images; image++) {
    const random = new RandomStream(seed, `dropout ${name}`, step, image);
    for (let channel = 0; channel < channels; channel++) {
      if (random.bits32() >= least) factors[image * channels + channel] = 1 / (1 - p);
    }
  }
  return factors;
}
