/**
 * Computes logits from an image at any size, and a mask from logits.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import type { Predictor } from "../engine/engine.ts";
import type { GreyImage } from "../image/image.ts";
import { fitInput, type NetworkInput, unfit } from "../image/fit.ts";
import type { TtaMode } from "../model/choice.ts";
import type { Size } from "../model/input_scaling.ts";
import { averageAnswers, flipped, FLIPS, FLIPS_OF } from "./flips.ts";

/**
 * The network's logits for one image, `[at.height, at.width]`. The image is fitted into the
 * network's `input` as in training, the logits are resized to `at` without its padding (bilinear,
 * half-pixel centres, antialiased when shrinking).
 */
export async function logitsOf(
  predictor: Predictor,
  image: GreyImage,
  input: NetworkInput,
  at: Size,
  tta: TtaMode = "none",
): Promise<Float32Array> {
  return await (await beginLogits(predictor, image, input, at, tta))();
}

/** Begins what {@linkcode logitsOf} does; the function that it returns waits for the logits. */
export async function beginLogits(
  predictor: Predictor,
  image: GreyImage,
  input: NetworkInput,
  at: Size,
  tta: TtaMode = "none",
): Promise<() => Promise<Float32Array>> {
  const answers = await beginBatch(preprocess(image, input, tta), predictor, input, 1);
  return async () => averageLogits(postprocess(await answers(), input, image, at));
}

/** The logits of the mean probabilities of answers; the answer itself if it is one. */
export function averageLogits(answers: readonly Float32Array[]): Float32Array {
  return answers.length === 1 ? answers[0] : averageAnswers(answers).logits;
}

/** The network's inputs for an image: grey bytes `[height, width]`, one for each flip. */
export function preprocess(
  image: GreyImage,
  input: NetworkInput,
  tta: TtaMode = "none",
): Uint8Array[] {
  const { width, height } = input;
  const pixels = fitInput(image, input);
  return FLIPS_OF[tta].map((flip) => flipped(pixels, width, height, flip));
}

/** Runs the network on inputs, `batch` at a time. Returns logits `[height, width]` for each. */
export async function runBatch(
  inputs: readonly Uint8Array[],
  predictor: Predictor,
  size: Size,
  batch: number,
): Promise<Float32Array[]> {
  return await (await beginBatch(inputs, predictor, size, batch))();
}

/**
 * Begins what {@linkcode runBatch} does; the function that it returns waits for the logits. A GPU
 * has the next inputs before it is asked for the last answer, and computes while the caller works
 * on that.
 */
export async function beginBatch(
  inputs: readonly Uint8Array[],
  predictor: Predictor,
  { width, height }: Size,
  batch: number,
): Promise<() => Promise<Float32Array[]>> {
  const pixels = width * height;
  const answers: Float32Array[] = [];
  let wait = () => Promise.resolve();
  for (let first = 0; first < inputs.length; first += batch) {
    const some = inputs.slice(first, first + batch);
    const bytes = new Uint8Array(some.length * pixels);
    some.forEach((input, k) => bytes.set(input, k * pixels));
    const begun = await begin(predictor, bytes, some.length);
    await wait();
    wait = async () => {
      const logits = await begun();
      some.forEach((_, k) => answers.push(logits.subarray(k * pixels, (k + 1) * pixels)));
    };
  }
  return async () => {
    await wait();
    return answers;
  };
}

async function begin(
  predictor: Predictor,
  bytes: Uint8Array,
  n: number,
): Promise<() => Promise<Float32Array>> {
  if (predictor.begin) return await predictor.begin(bytes, n);
  const logits = await predictor.run(bytes, n);
  return () => Promise.resolve(logits);
}

/**
 * Undoes the flips and the fit of the answers for one image of a size: logits
 * `[at.height, at.width]`, by default at the image's size.
 */
export function postprocess(
  answers: readonly Float32Array[],
  input: NetworkInput,
  image: Size,
  at: Size = image,
): Float32Array[] {
  return answers.map((logits, k) =>
    unfit(flipped(logits, input.width, input.height, FLIPS[k]), input, image, at)
  );
}

/**
 * 255 where the probability is above the threshold, 0 elsewhere.
 *
 * @throws InputError for logits that are NaN, which damaged weights produce.
 */
export function maskOf(
  logits: Float32Array,
  { width, height }: Size,
  threshold: number,
): GreyImage {
  // The sigmoid is monotone, so comparing logits avoids its rounding. The limit for 0.5 is 0.
  const limit = Math.log(threshold / (1 - threshold));
  const pixels = new Uint8Array(logits.length);
  for (let index = 0; index < logits.length; index++) {
    const logit = logits[index];
    if (Number.isNaN(logit)) {
      throw new InputError(
        "the model answers with values that are no numbers; its weights are broken",
      );
    }
    if (logit > limit) pixels[index] = 255;
  }
  return { width, height, pixels };
}
