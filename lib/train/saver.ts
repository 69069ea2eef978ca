/** Saves the checkpoints of a training. @module */
import type { TrainingState } from "../engine/engine.ts";
import { refuseDivergence } from "./epoch_losses.ts";
import type { Progress } from "./progress.ts";

/** A state of the run that can be saved and continued. */
export interface Checkpoint {
  readonly state: TrainingState;
  readonly progress: Progress;
}

/** Writes what is left of a checkpoint, beside the next steps. */
export type Write = () => Promise<void>;

/** What a saver uses of a run. */
interface SavedRun {
  readonly saveEveryMs?: number | undefined;
  readonly callbacks: { save(checkpoint: Checkpoint, best: boolean): Promise<Write | void> };
}

/**
 * Saves checkpoints and keeps the time of the last one. While one is written the run makes the next
 * steps; the next one, and the end of the run, wait for it.
 */
export class Saver {
  readonly #run: SavedRun;
  #saved = performance.now();
  #writing = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;

  constructor(run: SavedRun) {
    this.#run = run;
  }

  isDue(): boolean {
    const { saveEveryMs = Infinity } = this.#run;
    return performance.now() - this.#saved >= saveEveryMs;
  }

  /**
   * Saves; resolves when the trainer may go on.
   *
   * @param checkpoint The present state of the trainer, and its position.
   * @param saved Called when all is written.
   * @throws What an earlier checkpoint has failed with, too.
   */
  async save(checkpoint: Checkpoint, best: boolean, saved?: () => void): Promise<void> {
    const { state, progress } = checkpoint;
    for (const [name, { data }] of Object.entries(state.weights)) {
      // A finite sum has finite terms; float32 values cannot overflow a float64 sum.
      if (!Number.isFinite(data.reduce((sum, value) => sum + value, 0))) {
        refuseDivergence(NaN, `the weights ${name} after epoch ${progress.epoch}`);
      }
    }
    await this.end();
    const write = await this.#run.callbacks.save(checkpoint, best);
    this.#saved = performance.now();
    if (!write) return saved?.();
    this.#writing = write().then(() => saved?.()).catch((error) => {
      this.#failure = { error };
    });
  }

  /** Throws what a checkpoint has failed with. */
  check(): void {
    if (this.#failure) throw this.#failure.error;
  }

  /** Waits until all is written; throws as {@linkcode check} does. */
  async end(): Promise<void> {
    await this.#writing;
    this.check();
  }

  /** Waits until nothing is written any more, whatever became of it. */
  async settled(): Promise<void> {
    await this.#writing;
  }
}
