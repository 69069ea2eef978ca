/**
 * Schedules of the learning rate: pure functions of the number of the step, so that a resumed run
 * goes on exactly. A schedule has its own length; after it the rate stays as it is.
 *
 * @module
 */

/** The shapes of a schedule after its warm-up. */
export const SCHEDULES = ["constant", "cosine", "polynomial", "one-cycle"] as const;

/** The name of a shape. */
export type ScheduleName = (typeof SCHEDULES)[number];

/** A schedule. */
export interface Schedule {
  readonly name: ScheduleName;
  /** The highest rate. */
  readonly learningRate: number;
  /** The last rate, as a fraction of the highest. Not for `constant`. */
  readonly finalFraction: number;
  /** Steps in which the rate rises. */
  readonly warmupSteps: number;
  /** Steps of the whole schedule, the warm-up among them. */
  readonly steps: number;
}

/**
 * The optimiser's steps in an epoch. Each takes so many batches, and the last one what is left of
 * the epoch.
 */
export function stepsPerEpoch(batchesPerEpoch: number, accumulate: number): number {
  return Math.ceil(batchesPerEpoch / accumulate);
}

/** The exponent of `polynomial` (nnU-Net's). */
const POWER = 0.9;

/** The rise of `one-cycle` when no warm-up is given: its share of the steps. */
const RISE = 0.3;
/** The first rate of `one-cycle`, as a fraction of the highest. */
const FIRST_FRACTION = 1 / 25;

const byCosine = (done: number) => (1 + Math.cos(Math.PI * done)) / 2;

/**
 * The shapes: from the share of the steps after the warm-up that are done, 0 to 1, the share of the
 * way from the final to the highest rate.
 */
const FALL: Readonly<Record<Exclude<ScheduleName, "constant">, (done: number) => number>> = {
  cosine: byCosine,
  polynomial: (done) => (1 - done) ** POWER,
  "one-cycle": byCosine,
};

/**
 * The learning rate of a step, from 0. In a warm-up it rises in equal steps, the last of which has
 * the highest rate; in that of `one-cycle` (Smith 2018) by a cosine from 1/25.
 */
export function rateAt(schedule: Schedule, step: number): number {
  const { name, learningRate, finalFraction, steps } = schedule;
  const warmup = warmupOf(schedule);
  if (step < warmup) {
    if (name !== "one-cycle") return learningRate * (step + 1) / warmup;
    const risen = (1 - Math.cos(Math.PI * step / warmup)) / 2;
    return learningRate * (FIRST_FRACTION + (1 - FIRST_FRACTION) * risen);
  }
  if (name === "constant") return learningRate;
  const done = steps > warmup ? Math.min(1, (step - warmup) / (steps - warmup)) : 1;
  const height = FALL[name](done);
  return learningRate * (finalFraction + (1 - finalFraction) * height);
}

function warmupOf({ name, warmupSteps, steps }: Schedule): number {
  if (name === "one-cycle" && warmupSteps === 0) return Math.round(RISE * steps);
  return warmupSteps;
}
