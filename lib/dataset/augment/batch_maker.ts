/**
 * Makes the augmented batches of a run. With a thread, the next batch is made while the engine
 * computes on this one. The result does not depend on that.
 *
 * @module
 */
import type { Batch } from "../../core/batch.ts";
import { kernelModule } from "../../core/wasm.ts";
import { AnsweringWorker } from "../../core/worker.ts";
import type { AugmentedEpoch } from "./augment.ts";
import { callBatch } from "./batch.ts";
import { KernelCalls } from "./kernel_calls.ts";
import runCallsText from "./run_calls.js" with { type: "text" };

/** A batch to make: its samples of an epoch, and a name that no other batch has. */
export interface BatchRequest {
  readonly name: string;
  readonly epoch: AugmentedEpoch;
  readonly indices: readonly number[];
}

/** Makes batches, one at a time. The thread starts with the first one and ends on disposal. */
export class BatchMaker implements Disposable {
  readonly #calls = new KernelCalls();
  /** It answers with nothing, or with the text of an error. */
  readonly #thread: AnsweringWorker<string> | undefined;
  #hasMemory = false;
  #ahead: { readonly name: string; readonly batch: Promise<Batch> } | undefined;

  /** @param isThreaded Whether batches are made ahead, on a thread of their own. */
  constructor(isThreaded: boolean) {
    if (!isThreaded) return;
    this.#thread = new AnsweringWorker("the thread that makes batches", runCallsText);
  }

  /**
   * Makes a batch, or takes the one that was made ahead, and begins with the next one. Calls must
   * not overlap.
   *
   * @throws {DeviceError} when the thread ends or the system has no memory for a batch.
   */
  async take(request: BatchRequest, next?: BatchRequest): Promise<Batch> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    const made = await ahead?.batch;
    const batch = made !== undefined && ahead?.name === request.name
      ? made
      : await this.#make(request);
    if (this.#thread && next) {
      const promise = this.#make(next);
      // An error is thrown where the batch is taken, if it ever is.
      promise.catch(() => {});
      this.#ahead = { name: next.name, batch: promise };
    }
    return batch;
  }

  async #make({ epoch, indices }: BatchRequest): Promise<Batch> {
    const read = callBatch(this.#calls, epoch, indices);
    if (this.#thread) await this.#runOn(this.#thread);
    else this.#calls.run();
    return read();
  }

  /** Runs the calls on a thread, which is given their memory once. */
  async #runOn(thread: AnsweringWorker<string>): Promise<void> {
    const { memory, list } = this.#calls;
    const first = this.#hasMemory ? {} : { module: kernelModule(), memory };
    this.#hasMemory = true;
    const error = await thread.ask({ ...first, list });
    if (error !== "") throw thread.end(error);
  }

  [Symbol.dispose](): void {
    this.#thread?.end("it was stopped");
  }
}
