/**
 * Predicts the lesions of one image, at the image's own size.
 *
 * The image is fitted into the network's input as in training. The logits lose its padding and are
 * resized back (bilinear, half-pixel centres, antialiased when shrinking) before the threshold, so
 * that the outline is as fine as the image, not as the network's grid.
 *
 * @module
 */
import { mapped } from "../core/mapped.ts";
import type { Predictor } from "../engine/engine.ts";
import { type Components, connectedComponents } from "../image/components.ts";
import type { NetworkInput } from "../image/fit.ts";
import type { GreyImage } from "../image/image.ts";
import type { TtaMode } from "../model/choice.ts";
import { averageAnswers } from "./flips.ts";
import { type Lesion, type LesionMaps, measureLesions } from "./lesions.ts";
import { maskOf, postprocess, preprocess, runBatch } from "./logits.ts";
import { probabilitiesOf, sigmoid } from "./probabilities.ts";

/** A prediction at the size of its image. */
export interface Prediction {
  /** 255 where the probability is above the threshold and the lesion is kept, 0 elsewhere. */
  readonly mask: GreyImage;
  /** Probability of a lesion `[height, width]`, 65535 for 1. */
  readonly probability: Uint16Array;
  /**
   * Standard deviation of the probability over the flips or the models `[height, width]`, 65535 for
   * 0.5, its maximum.
   */
  readonly uncertainty?: Uint16Array;
  /** 8-connected components of the mask, in row-major order of their first pixels. */
  readonly lesions: readonly Lesion[];
  /** Pixels of the mask. */
  readonly area: number;
  /** Mean probability inside the mask; `null` when it is empty. */
  readonly meanProbability: number | null;
  /** The highest probability of a pixel, in the mask or not. */
  readonly highestProbability: number;
}

/** Options besides the threshold. */
export interface PredictionOptions {
  /** The flips to average over, with their standard deviation. Default: none. */
  readonly tta?: TtaMode;
  /** Drop lesions with fewer pixels. */
  readonly minArea?: number;
  /** Keep only the largest lesion (the first of equally large ones). */
  readonly keepLargest?: boolean;
}

/**
 * Predicts one image.
 *
 * @throws InputError when the logits are NaN, which damaged weights produce.
 */
export async function predictImage(
  predictor: Predictor,
  image: GreyImage,
  input: NetworkInput,
  threshold: number,
  options: PredictionOptions = {},
): Promise<Prediction> {
  const answers = await runBatch(preprocess(image, input, options.tta), predictor, input, 1);
  return predictionOf([{ answers, input }], image, threshold, options);
}

/** The answers of a model to the inputs of {@linkcode preprocess}. */
export interface ModelAnswers {
  readonly answers: readonly Float32Array[];
  /** The model's input. */
  readonly input: NetworkInput;
}

/**
 * Computes the prediction from the answers of one model or several. The probabilities of several
 * are averaged, each model's flips first; the uncertainty is then the models' disagreement.
 */
export function predictionOf(
  models: readonly ModelAnswers[],
  image: GreyImage,
  threshold: number,
  options: PredictionOptions = {},
): Prediction {
  const { width, height, spacing } = image;
  const means = models.map(({ answers, input }) => meanOf(postprocess(answers, input, image)));
  const mean = means.length === 1 ? means[0] : averageAnswers(means.map(({ logits }) => logits));
  return measure({ width, height, spacing, ...mean }, threshold, options);
}

/** The mean of a model's answers for the flips of an image. */
function meanOf(answers: readonly Float32Array[]): Pick<LesionMaps, "logits" | "deviation"> {
  return answers.length === 1 ? { logits: answers[0] } : averageAnswers(answers);
}

/**
 * Computes mask, probability and lesions from logits.
 *
 * @throws InputError for logits that are NaN.
 */
export function measure(
  { width, height, logits, deviation, spacing }: LesionMaps,
  threshold: number,
  { minArea = 1, keepLargest = false }: Omit<PredictionOptions, "tta"> = {},
): Prediction {
  const mask = { ...maskOf(logits, { width, height }, threshold), ...(spacing && { spacing }) };
  const { pixels } = mask;
  const probability = probabilitiesOf(logits);
  const found = connectedComponents(mask, minArea);
  const parts = keepLargest ? largestOf(found) : found;
  for (let index = 0; index < pixels.length; index++) {
    if (parts.labels[index] === 0) pixels[index] = 0;
  }
  const lesions = measureLesions(parts, { width, height, logits, deviation, spacing });
  const area = lesions.reduce((sum, lesion) => sum + lesion.area, 0);
  const inside = lesions.reduce((sum, lesion) => sum + lesion.area * lesion.meanProbability, 0);
  return {
    mask,
    probability,
    ...(deviation && {
      uncertainty: mapped(
        new Uint16Array(deviation.length),
        deviation,
        (value) => Math.round(131070 * value),
      ),
    }),
    lesions,
    area,
    meanProbability: area === 0 ? null : inside / area,
    highestProbability: sigmoid(highestOf(logits)),
  };
}

function highestOf(values: Float32Array): number {
  let highest = -Infinity;
  for (let i = 0; i < values.length; i++) if (values[i] > highest) highest = values[i];
  return highest;
}

/** The largest component alone, the first of equally large ones. */
function largestOf({ labels, areas }: Components): Components {
  if (areas.length < 2) return { labels, areas };
  const largest = areas.reduce((a, b) => Math.max(a, b));
  const label = areas.indexOf(largest) + 1;
  return { labels: labels.map((value) => value === label ? 1 : 0), areas: Int32Array.of(largest) };
}

/** The least area of a lesion in pixels, at least 1, from its share of an image. */
export function leastPixels(share: number, pixels: number): number {
  return Math.max(1, Math.ceil(share * pixels));
}
