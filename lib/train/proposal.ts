/**
 * Proposes a recipe for a data set on this machine, among those whose result was measured. Time
 * follows from the operations of the plans and the speed of a few training steps; memory follows
 * from the plans.
 *
 * @module
 */
import type { Batch } from "../core/batch.ts";
import { OutOfMemoryError } from "../core/errors.ts";
import type { Engine } from "../engine/engine.ts";
import { graphOf } from "../network/architectures.ts";
import { initialWeights } from "../network/weights.ts";
import { planFlops } from "../plan/flops.ts";
import { networkOfConfig, type TrainingConfig } from "./config.ts";
import { memoryOf, planRun } from "./cost.ts";
import { MEASURED_RECIPES, type MeasuredRecipe } from "./measured_recipes.ts";
import { newConfig } from "./resolve_config.ts";

/** What is known of the images before they are divided. */
export interface ImagesToTrain {
  readonly images: number;
  readonly masks: number;
}

/** A recipe for a data set, before its time is known. */
export interface Candidate {
  readonly recipe: MeasuredRecipe;
  readonly config: TrainingConfig;
  /** Floating-point operations of one training step with a full batch. */
  readonly flopsPerStep: number;
  /** Floating-point operations of the whole training, of all members. */
  readonly flops: number;
  /** The memory of the plans, and of the images at the network's size. */
  readonly memoryBytes: number;
}

/** A recipe for a data set, with the expected time. */
export interface Proposal extends Candidate {
  readonly seconds: number;
  /** The device on which that time was measured. */
  readonly adapter: string;
}

/** Of fewer images nothing is known that could be proposed. */
export const FEWEST_IMAGES = 20;

/** The longest training that is proposed where there is a shorter one. */
const MOST_SECONDS = 90 * 60;

/** So many times the epochs of a recipe, at most, for a set with fewer images. */
const MOST_REPEATS = 10;

/** Longer steps, in FLOP, are not timed: they run at the speed of the longest ones that are. */
const LONGEST_TIMED = 5e10;

/** In ms: how long steps are repeated to time them, and how long one series of them takes. */
const TIMED_MS = 600;
const SERIES_MS = 20;

/** No step is shorter than the clock can tell, in ms. */
const SHORTEST_STEP = 0.01;

/**
 * The recipe with the highest Dice among those that fit into memory and take at most an hour and a
 * half, otherwise the shortest; `undefined` where none fits, and below {@linkcode FEWEST_IMAGES}.
 */
export async function propose(
  engine: Engine,
  images: ImagesToTrain,
  recipes: readonly MeasuredRecipe[] = MEASURED_RECIPES,
): Promise<Proposal | undefined> {
  const proposals: Proposal[] = [];
  let speed: number | undefined;
  for (const candidate of candidatesFor(engine, images, recipes)) {
    try {
      if (speed === undefined || candidate.flopsPerStep <= LONGEST_TIMED) {
        speed = await trainingSpeed(engine, candidate);
      }
    } catch (error) {
      // The engine knows its limit; what a GPU has free shows when it is taken.
      if (!(error instanceof OutOfMemoryError)) throw error;
      break;
    }
    proposals.push({ ...candidate, seconds: candidate.flops / speed, adapter: engine.adapter });
  }
  return bestOf(proposals);
}

/** Chooses among recipes whose time is known. */
export function bestOf(proposals: readonly Proposal[]): Proposal | undefined {
  const soon = proposals.filter(({ seconds }) => seconds <= MOST_SECONDS);
  const [best] = soon.toSorted((a, b) => b.recipe.dice - a.recipe.dice);
  const [shortest] = proposals.toSorted((a, b) => a.seconds - b.seconds);
  return best ?? shortest;
}

/** The recipes that fit into the engine's memory, those with the shortest steps first. */
export function candidatesFor(
  engine: Engine,
  { images, masks }: ImagesToTrain,
  recipes: readonly MeasuredRecipe[],
): Candidate[] {
  if (images < FEWEST_IMAGES) return [];
  const candidates: Candidate[] = [];
  for (const recipe of recipes) {
    const { trainFraction, epochs } = newConfig(recipe.settings);
    const train = Math.floor(images * trainFraction);
    const config = newConfig({
      ...recipe.settings,
      epochs: Math.round(epochs * repeatsFor(recipe, train)),
    });
    const { plans, flopsPerEpoch } = planRun(config, train, images - train);
    const memoryBytes = memoryOf(engine, plans);
    if (memoryBytes > engine.memoryLimit) continue;
    candidates.push({
      recipe,
      config,
      flopsPerStep: planFlops(plans.train[0]),
      flops: flopsPerEpoch * config.epochs * recipe.members,
      memoryBytes: memoryBytes + (images + masks) * config.width * config.height,
    });
  }
  return candidates.sort((a, b) => a.flopsPerStep - b.flopsPerStep);
}

/** How often the epochs of a recipe make as many steps as where it was measured, at least once. */
function repeatsFor({ trainImages }: MeasuredRecipe, train: number): number {
  return Math.max(1, Math.min(MOST_REPEATS, trainImages / train));
}

/** The floating-point operations per second of a recipe's training steps on this engine. */
async function trainingSpeed(
  engine: Engine,
  { config, flopsPerStep }: Pick<Candidate, "config" | "flopsPerStep">,
): Promise<number> {
  const { batch, learningRate } = config;
  const { plans } = planRun(config, batch, 1);
  const weights = initialWeights(graphOf(networkOfConfig(config)), 1);
  const trainer = await engine.trainer(plans, { weights, step: 0, batchesTracked: 0 });
  try {
    const images = noise(config);
    /** Milliseconds for one of so many steps. */
    const timed = async (steps: number) => {
      const start = performance.now();
      for (let step = 0; step < steps; step++) await trainer.step(images, { learningRate });
      // The losses are there when the steps have ended.
      await trainer.losses();
      return Math.max((performance.now() - start) / steps, SHORTEST_STEP);
    };
    await timed(1);
    // Other programs only make steps slower, so the fastest ones tell what the machine can do.
    let fastest = await timed(1);
    const start = performance.now();
    for (let series = 0; series < 3 || performance.now() - start < TIMED_MS; series++) {
      fastest = Math.min(fastest, await timed(Math.ceil(SERIES_MS / fastest)));
    }
    return 1000 * flopsPerStep / fastest;
  } finally {
    trainer.close();
  }
}

/** A batch of noise: the content does not change the time. */
function noise({ batch: n, width, height }: TrainingConfig): Batch {
  const pixels = n * width * height;
  const images = Uint8Array.from({ length: pixels }, (_, i) => Math.imul(i, 2654435761) >>> 24);
  return { n, width, height, images, masks: new Float32Array(pixels) };
}
