/**
 * A learning-rate range test (Smith, "Cyclical learning rates for training neural networks", 2017):
 * the rate grows from step to step until the loss explodes. The curve of the loss shows which rates
 * train.
 *
 * @module
 */
import { mean } from "../core/statistics.ts";
import type { Trainer } from "../engine/engine.ts";
import type { BatchSource } from "./loop.ts";

/** The rates that are tried: each is the one before times a constant. */
export const TRIED_RATES = { first: 1e-6, last: 1, steps: 150 } as const;

/** The share that the smoothed loss keeps in a step. */
const SMOOTHING = 0.9;
/** The test ends when the smoothed loss is so many times the lowest. */
const EXPLODED = 3;
/** The first steps, whose rates are too low to train anything: they show the loss before. */
const IDLE_STEPS = 25;
/** The least fall of the loss from which a rate can be suggested, as a share: batches differ. */
const LEAST_FALL = 0.05;
/** The share of its whole fall that the loss has fallen at the rate from which one is suggested. */
const FALLEN = 0.9;
/** The suggestion, as a share of that rate. */
const SAFE_SHARE = 0.1;

/** One step of the test. */
export interface TriedRate {
  readonly rate: number;
  /** The mean loss of the step's batches, before this rate changes the weights. */
  readonly loss: number;
  /** The moving average of the losses so far, without the bias of its start. */
  readonly smoothed: number;
}

/** What the curve of the losses says. */
export interface RateSuggestion {
  /** A tenth of {@linkcode fallen}, with two digits. */
  readonly rate: number;
  /** The first rate at which the smoothed loss has done nine tenths of its fall. */
  readonly fallen: number;
}

/** The rate of a step, from 0. */
export function triedRate(step: number): number {
  const { first, last, steps } = TRIED_RATES;
  return first * (last / first) ** (step / (steps - 1));
}

/**
 * Makes the steps, each with the next batches of the training images. It ends early when the loss
 * explodes or is no finite number, which is no error here, or when the signal is aborted.
 *
 * @param onStep Called after each step with the number of steps.
 */
export async function tryRates(
  { trainer, batches, accumulate = 1, signal, onStep }: {
    readonly trainer: Trainer;
    readonly batches: Pick<BatchSource, "trainBatch" | "trainBatches">;
    /** The number of batches of a step. */
    readonly accumulate?: number;
    readonly signal?: AbortSignal | undefined;
    readonly onStep?: ((done: number) => void) | undefined;
  },
): Promise<TriedRate[]> {
  const tried: TriedRate[] = [];
  let average = 0;
  let lowest = Infinity;
  for (let step = 0; step < TRIED_RATES.steps && !signal?.aborted; step++) {
    const rate = triedRate(step);
    for (let part = 1; part <= accumulate && !signal?.aborted; part++) {
      const number = step * accumulate + part - 1;
      const epoch = Math.floor(number / batches.trainBatches);
      const batch = await batches.trainBatch(epoch, number % batches.trainBatches);
      await trainer.step(batch, { learningRate: rate, updates: part === accumulate });
    }
    const loss = mean((await trainer.losses()).map((parts) => parts.loss));
    if (loss === null || !Number.isFinite(loss)) break;
    average = SMOOTHING * average + (1 - SMOOTHING) * loss;
    const smoothed = average / (1 - SMOOTHING ** (step + 1));
    tried.push({ rate, loss, smoothed });
    onStep?.(step + 1);
    lowest = Math.min(lowest, smoothed);
    if (smoothed > EXPLODED * lowest) break;
  }
  return tried;
}

/**
 * Suggests a tenth of the rate at which the smoothed loss has done nine tenths of its fall. The
 * usual choice, a tenth of the rate with the lowest loss, is too high where batch norm keeps the
 * loss from exploding: the curve is then flat at its lowest. `undefined` where the loss never fell
 * below that of the first steps by more than the batches differ.
 */
export function suggestedRate(tried: readonly TriedRate[]): RateSuggestion | undefined {
  const before = mean(tried.slice(0, IDLE_STEPS).map(({ loss }) => loss));
  const later = tried.slice(IDLE_STEPS);
  if (before === null || later.length === 0) return undefined;
  const lowest = later.reduce((low, { smoothed }) => Math.min(low, smoothed), Infinity);
  if (lowest > (1 - LEAST_FALL) * before) return undefined;
  const enough = before - FALLEN * (before - lowest);
  const fallen = later.find(({ smoothed }) => smoothed <= enough)!.rate;
  return { rate: Number((SAFE_SHARE * fallen).toPrecision(2)), fallen };
}
