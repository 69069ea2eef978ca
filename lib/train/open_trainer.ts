/**
 * From a prepared run to its trainer.
 *
 * @module
 */
import { OutOfMemoryError } from "../core/errors.ts";
import { sentence, setting } from "../core/sentence.ts";
import type { Engine, Trainer, TrainingState } from "../engine/engine.ts";
import { batchAdvice } from "./batch_advice.ts";
import type { Preparation } from "./preparation.ts";

/**
 * Makes the trainer of a run. A GPU that turns out to have less memory than the run needs is
 * probed: the `OutOfMemoryError` names the largest batch that fits now.
 */
export async function openTrainer(
  engine: Engine,
  { plans, config, images }: Preparation,
  state: TrainingState,
): Promise<Trainer> {
  try {
    return await engine.trainer(plans, state);
  } catch (error) {
    if (!(error instanceof OutOfMemoryError)) throw error;
    const largest = Math.max(...images);
    const advice = await batchAdvice(engine, config, largest, (bytes) => engine.canHold(bytes));
    throw new OutOfMemoryError(
      sentence`${error.sentence}; ${advice.sentence}, or compute with ${setting("device", "cpu")}`,
      { cause: error },
    );
  }
}
