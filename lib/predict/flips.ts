/**
 * Test-time augmentation by flips: the network predicts an image and one or three of its mirror
 * images. The answers are flipped back and averaged. The answers of several models are averaged in
 * the same way. The standard deviation shows where the answers disagree.
 *
 * @module
 */

import type { TtaMode } from "../model/choice.ts";

/** Which axes are mirrored. */
export interface Flip {
  readonly horizontal: boolean;
  readonly vertical: boolean;
}

/** The identity, left to right, top to bottom, and both. */
export const FLIPS: readonly Flip[] = [
  { horizontal: false, vertical: false },
  { horizontal: true, vertical: false },
  { horizontal: false, vertical: true },
  { horizontal: true, vertical: true },
];

/** The flips of each kind of test-time augmentation, the identity first. */
export const FLIPS_OF: Readonly<Record<TtaMode, readonly Flip[]>> = {
  none: FLIPS.slice(0, 1),
  flip: FLIPS.slice(0, 2),
  flips: FLIPS,
};

/** A mirrored copy of values `[height, width]`; the same flip again restores them. */
export function flipped<Values extends Uint8Array | Float32Array>(
  values: Values,
  width: number,
  height: number,
  { horizontal, vertical }: Flip,
): Values {
  const result = values.slice() as Values;
  for (let y = 0; vertical && y < height; y++) {
    result.set(values.subarray(y * width, (y + 1) * width), (height - 1 - y) * width);
  }
  for (let y = 0; horizontal && y < height; y++) {
    result.subarray(y * width, (y + 1) * width).reverse();
  }
  return result;
}

/** The average of several answers for one image. */
export interface Mean {
  /** The logits of the mean probabilities. */
  readonly logits: Float32Array;
  /** The population standard deviation of the probabilities over all answers, 0 to 0.5. */
  readonly deviation: Float32Array;
}

/** The mean of several answers: logits, all of one shape. Equal answers are their own mean. */
export function averageAnswers(answers: readonly Float32Array[]): Mean {
  const logits = new Float32Array(answers[0].length);
  const deviation = new Float32Array(logits.length);
  const ps = new Float64Array(answers.length);
  for (let index = 0; index < logits.length; index++) {
    // Both sums, since 1 - p loses all digits when p is close to 1.
    let inside = 0;
    let outside = 0;
    answers.forEach((answer, k) => {
      inside += ps[k] = 1 / (1 + Math.exp(-answer[index]));
      outside += 1 / (1 + Math.exp(answer[index]));
    });
    const first = answers[0][index];
    logits[index] = answers.every((answer) => answer[index] === first)
      ? first
      : Math.log(inside / outside);
    const mean = inside / answers.length;
    let squares = 0;
    for (const p of ps) squares += (p - mean) ** 2;
    deviation[index] = Math.sqrt(squares / answers.length);
  }
  return { logits, deviation };
}
