/** Saves the checkpoints of a training. @module */
import type { TrainingState } from "../engine/engine.ts";
import { refuseDivergence } from "./epoch_losses.ts";
import type { Progress } from "./progress.ts";

/** A state of the run that can be saved and continued. */
export interface Checkpoint {
  readonly state: TrainingState;
  readonly progress: Progress;
}

/** What a saver uses of a run. */
interface SavedRun {
  readonly saveEveryMs?: number | undefined;
  readonly callbacks: { save(checkpoint: Checkpoint, best: boolean): Promise<void> };
}

/** Saves checkpoints and keeps the time of the last one. */
export class Saver {
  readonly #run: SavedRun;
  #saved = performance.now();

  constructor(run: SavedRun) {
    this.#run = run;
  }

  isDue(): boolean {
    const { saveEveryMs = Infinity } = this.#run;
    return performance.now() - this.#saved >= saveEveryMs;
  }

  /** @param checkpoint The present state of the trainer, and its position. */
  async save(checkpoint: Checkpoint, best: boolean): Promise<void> {
    const { state, progress } = checkpoint;
    for (const [name, { data }] of Object.entries(state.weights)) {
      // A finite sum has finite terms; float32 values cannot overflow a float64 sum.
      if (!Number.isFinite(data.reduce((sum, value) => sum + value, 0))) {
        refuseDivergence(NaN, `the weights ${name} after epoch ${progress.epoch}`);
      }
    }
    await this.#run.callbacks.save(checkpoint, best);
    this.#saved = performance.now();
  }
}
