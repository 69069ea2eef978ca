/**
 * Works with the averaged weights of a training.
 *
 * @module
 */
import type { Trainer, TrainingState } from "../engine/engine.ts";

/**
 * Lets `use` work with the averaged weights in place of the trainer's own, which then come back to
 * the bit. A state without an average has no effect: the result is `undefined`.
 *
 * @param state The present state of the trainer. Its losses have been read.
 */
export async function withAverage<Result>(
  trainer: Trainer,
  state: TrainingState,
  use: () => Promise<Result>,
): Promise<Result | undefined> {
  if (state.average === undefined) return undefined;
  await trainer.loadWeights(state.average);
  try {
    return await use();
  } finally {
    await trainer.loadWeights(state.weights);
  }
}
