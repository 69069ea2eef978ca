/**
 * A run that is planned and known to fit. The plans are made once: the same ones are printed,
 * checked and trained with.
 *
 * @module
 */
import { bytes } from "../core/bytes.ts";
import { InputError } from "../core/errors.ts";
import { sentence, setting } from "../core/sentence.ts";
import type { Engine } from "../engine/engine.ts";
import { graphOf } from "../network/architectures.ts";
import { planEvaluation } from "../plan/planners.ts";
import { batchAdvice } from "./batch_advice.ts";
import { networkOfConfig, type TrainingConfig } from "./config.ts";
import { type ImageCounts, memoryOf, planRun, type RunCost } from "./cost.ts";
import { deviceAugmentation } from "./device_augmentation.ts";

/** A run before its first step. */
export interface Preparation extends RunCost {
  readonly config: TrainingConfig;
  /** The number of images of each part; of the training images, those of an epoch. */
  readonly images: ImageCounts;
  /** The memory that all plans need together, in bytes. */
  readonly memoryBytes: number;
}

/** The options that limit an engine's memory. */
const LIMIT = { cpu: "memoryLimit", gpu: "gpuMemory" } as const;

/**
 * Plans a run and checks its memory.
 *
 * @throws InputError for a batch on which training is undefined, for mixed precision on an engine
 *   without it, and for a run that needs more memory than the engine may use. The latter names the
 *   figures and the largest batch that fits.
 */
export async function prepareRun(
  engine: Engine,
  config: TrainingConfig,
  images: ImageCounts,
): Promise<Preparation> {
  checkPrecision(engine, config);
  const cost = planRun(config, ...images, deviceAugmentation(engine, config));
  const memoryBytes = memoryOf(engine, cost.plans);
  if (memoryBytes <= engine.memoryLimit) return { config, images, ...cost, memoryBytes };
  throw await tooLarge(engine, config, memoryBytes, Math.max(...images));
}

/**
 * Checks what is known before the images are read and counted: that the engine has the precision,
 * and that the evaluation of one image fits, which is part of every run.
 *
 * @throws InputError like {@linkcode prepareRun}.
 */
export async function checkBeforeReading(engine: Engine, config: TrainingConfig): Promise<void> {
  checkPrecision(engine, config);
  const { width, height, mean, std } = config;
  const shape = { n: 1, width, height, mean, std };
  const plan = planEvaluation(graphOf(networkOfConfig(config)), shape);
  const memoryBytes = memoryOf(engine, { train: [], evaluate: [plan] });
  if (memoryBytes > engine.memoryLimit) throw await tooLarge(engine, config, memoryBytes, 1);
}

/** Refuses mixed precision on an engine without it. */
function checkPrecision(
  { name, storesHalves }: Pick<Engine, "name" | "storesHalves">,
  { precision }: TrainingConfig,
): void {
  if (precision === "float32" || storesHalves) return;
  throw new InputError(
    sentence`${setting("precision", precision)} needs a GPU, and this run trains on the
      ${name === "cpu" ? "processor" : name}; leave it out, or train with
      ${setting("device", "gpu")}`,
  );
}

/** The error of a run that needs more memory than there may be. */
async function tooLarge(
  engine: Engine,
  config: TrainingConfig,
  memoryBytes: number,
  largest: number,
): Promise<InputError> {
  const { memoryLimit } = engine;
  const advice = await batchAdvice(engine, config, largest, (bytes) => bytes <= memoryLimit);
  const larger = sentence`, or a larger ${setting(LIMIT[engine.name])}`;
  return new InputError(
    sentence`training needs ${bytes(memoryBytes)} of memory, and ${bytes(memoryLimit)} may be used;
      ${advice.sentence}${advice.fits ? "" : larger}`,
  );
}
