/**
 * Makes the augmented batches of a run. With a thread, the next batch is made while the engine
 * computes on this one. The result does not depend on that.
 *
 * @module
 */
import type { Batch } from "../../core/batch.ts";
import { DeviceError } from "../../core/errors.ts";
import { kernelModule } from "../../core/wasm.ts";
import { startWorker } from "../../core/worker.ts";
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
  readonly #thread: CallThread | undefined;
  #ahead: { readonly name: string; readonly batch: Promise<Batch> } | undefined;

  /** @param isThreaded Whether batches are made ahead, on a thread of their own. */
  constructor(isThreaded: boolean) {
    if (isThreaded) this.#thread = new CallThread();
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
    if (this.#thread) await this.#thread.run(this.#calls);
    else this.#calls.run();
    return read();
  }

  [Symbol.dispose](): void {
    this.#thread?.end("it was stopped");
  }
}

/** A worker that runs calls on the memory of the first ones. */
class CallThread {
  #worker: Worker | undefined;
  #answer: PromiseWithResolvers<void> | undefined;
  #ended: DeviceError | undefined;

  async run({ memory, list }: KernelCalls): Promise<void> {
    if (this.#ended) throw this.#ended;
    const { promise } = this.#answer = Promise.withResolvers<void>();
    if (this.#worker) this.#worker.postMessage({ list });
    else this.#start().postMessage({ module: kernelModule(), memory, list });
    await promise;
  }

  #start(): Worker {
    const worker = this.#worker = startWorker(runCallsText);
    worker.onmessage = ({ data: error }) => {
      if (error === "") this.#answer?.resolve();
      else this.end(error);
    };
    worker.onmessageerror = () => this.end("its answer cannot be read");
    worker.onerror = (event) => {
      event.preventDefault();
      this.end(event.message);
    };
    return worker;
  }

  end(why: string): void {
    this.#ended ??= new DeviceError(`the thread that makes batches has ended: ${why}`);
    this.#worker?.terminate();
    this.#answer?.reject(this.#ended);
  }
}
