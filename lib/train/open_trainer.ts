/**
 * Creates the trainer of a prepared run.
 *
 * @module
 */
import { OutOfMemoryError } from "../core/errors.ts";
import { sentence, setting } from "../core/sentence.ts";
import type { Engine, Trainer, TrainingState } from "../engine/engine.ts";
import { batchAdvice } from "./batch_advice.ts";
import type { Preparation } from "./preparation.ts";

/**
 * Creates the trainer of a run.
 *
 * @throws OutOfMemoryError when the GPU has less memory than the run needs. The memory is probed,
 *   and the error names the largest batch that fits now.
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
