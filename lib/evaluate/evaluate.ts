/**
 * Predicts images with known masks and measures each prediction.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { oneAhead } from "../core/one_ahead.ts";
import { BadFiles } from "../dataset/bad_files.ts";
import type { Depth } from "../dataset/depth.ts";
import type { Pair } from "../dataset/pairing.ts";
import { isWhole, load, type LoadedCase, type LoadOptions } from "../dataset/load.ts";
import type { Predictor } from "../engine/engine.ts";
import type { NetworkInput } from "../image/fit.ts";
import type { GreyImage } from "../image/image.ts";
import type { TtaMode } from "../model/choice.ts";
import type { Size } from "../model/input_scaling.ts";
import { averageLogits, beginLogits, maskOf } from "../predict/logits.ts";
import type { FileStore } from "../store/store.ts";
import { measureCase, type MeasuredCase } from "./case.ts";
import { type TrueCase, truthOf } from "./truth.ts";

/** A model to evaluate. */
export interface Evaluated {
  readonly predictor: Predictor;
  readonly input: Required<NetworkInput>;
  /** How 16-bit images become grey; by default each by the bits that it uses. */
  readonly depth?: Depth;
  /** The flips to average over. Default: none. */
  readonly tta?: TtaMode;
  /** The models whose probabilities are averaged with those of this one. */
  readonly others?: readonly Evaluated[];
}

/** The arguments of {@linkcode evaluateImages}. */
export interface EvaluationJob extends Pick<LoadOptions, "judge" | "annotations" | "spacings"> {
  readonly data: FileStore;
  readonly pairs: readonly Pair[];
  /** One model, or two to compare: each image is read once and predicted by all. */
  readonly models: readonly Evaluated[];
  readonly threshold: number;
  /** The size of all measurements; by default each image's own. */
  readonly evalSize?: Size;
  /** The class of each image, and its group. */
  readonly classes: ReadonlyMap<string, string>;
  readonly groups: ReadonlyMap<string, string>;
  /** The most workers that decode, by default one per core; it has no effect on the result. */
  readonly workers?: number;
  readonly signal?: AbortSignal;
}

/** One evaluated image. */
export interface EvaluatedCase {
  readonly pair: Pair;
  readonly loaded: TrueCase;
  /** For each model, its logits, its mask and the measures. */
  readonly answers: readonly {
    readonly logits: Float32Array;
    readonly predicted: GreyImage;
    readonly measured: MeasuredCase;
  }[];
}

/**
 * Evaluates the images in their order. Pixels are yielded, not kept. After an unusable file the
 * others are only read, so that one error lists all.
 *
 * @throws InputError that lists the first ten unusable files; the signal's reason after an abort.
 */
export function evaluateImages(job: EvaluationJob): AsyncGenerator<EvaluatedCase> {
  // A GPU computes for an image while the thread measures the one before.
  return oneAhead(begunCases(job));
}

/**
 * Loads images and begins to run the models on each; the functions wait for answers and measure.
 */
async function* begunCases(job: EvaluationJob): AsyncGenerator<() => Promise<EvaluatedCase>> {
  const { data, pairs, models, threshold, evalSize, classes, groups, workers, signal, judge } = job;
  const bad = new BadFiles();
  const options = {
    ...(workers !== undefined && { workers }),
    ...(signal && { signal }),
    judge,
    annotations: job.annotations,
    spacings: job.spacings,
    maskless: "lesion-free",
  } as const;
  for await (const files of load(data, pairs, options)) {
    bad.add(files.refused);
    if (bad.isFull) break;
    if (bad.any || !isWhole(files)) continue;
    const { pair } = files;
    const images = imagesFor(models, files, bad);
    if (images === undefined) continue;
    const loaded = truthOf(files, evalSize);
    const { truth, resizedMasks } = loaded;
    const identity = {
      image: pair.image,
      class: classes.get(pair.image) ?? null,
      group: groups.get(pair.image) ?? null,
      resized_masks: resizedMasks,
    };
    const begun: (() => Promise<Float32Array>)[] = [];
    for (const [k, model] of models.entries()) {
      begun.push(await beginMeanLogits(model, images[k], truth));
    }
    yield async () => {
      signal?.throwIfAborted();
      const answers = [];
      for (const wait of begun) {
        const logits = await wait();
        const predicted = maskOf(logits, truth, threshold);
        const measured = measureCase(identity, truth, predicted, logits);
        answers.push({ logits, predicted, measured });
      }
      return { pair, loaded, answers };
    };
  }
  bad.refuse();
}

/**
 * Begins to compute the logits of a model, or of several that predict together; `images` as each
 * sees the image. The function that it returns waits for them.
 */
async function beginMeanLogits(
  model: Evaluated,
  images: readonly GreyImage[],
  at: Size,
): Promise<() => Promise<Float32Array>> {
  const begun: (() => Promise<Float32Array>)[] = [];
  for (const [k, { predictor, input, tta }] of membersOf(model).entries()) {
    begun.push(await beginLogits(predictor, images[k], input, at, tta));
  }
  return async () => {
    const answers: Float32Array[] = [];
    for (const wait of begun) answers.push(await wait());
    return averageLogits(answers);
  };
}

/** A model and those that predict with it. */
function membersOf(model: Evaluated): readonly Evaluated[] {
  return [model, ...model.others ?? []];
}

/**
 * The image as each model sees it, and each that predicts with it; `undefined` if one cannot, which
 * `bad` notes.
 */
function imagesFor(
  models: readonly Evaluated[],
  { image: { path, decoded, grey } }: LoadedCase,
  bad: BadFiles,
): GreyImage[][] | undefined {
  try {
    return models.map((model) =>
      membersOf(model).map(({ depth }) => depth?.greyOf(decoded, path) ?? grey)
    );
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    bad.add([{ error }]);
  }
}
