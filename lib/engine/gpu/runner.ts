/**
 * Submits work to the GPU in portions, so that the event loop keeps running.
 *
 * In Deno, `onSubmittedWorkDone()` blocks the thread until the GPU is idle, and its promise
 * resolves 10 ms later; in a browser the thread continues. After each submission of about
 * {@linkcode SUBMISSION_MS} the runner therefore calls it and awaits the promise of the submission
 * before. Timers and signals run in that turn of the event loop, and the GPU is at most two
 * submissions behind. The runner learns the size of a submission from the times measured; it
 * changes no result.
 *
 * @module
 */
import type { StepKind } from "../../plan/steps.ts";
import type { Gpu } from "./adapter.ts";

/** A dispatch that is ready to run. */
export interface Call {
  readonly pipeline: GPUComputePipeline;
  readonly bindings: GPUBindGroup;
  readonly x: number;
  readonly y: number;
  /** Estimated FLOP. */
  readonly cost: number;
  /** The kind of the step that it belongs to. */
  readonly kind: StepKind;
}

/** Time that a submission should take. */
const SUBMISSION_MS = 70;

/** FLOP per ms, assumed before the first measurement. */
const FIRST_RATE = { software: 5e6, hardware: 5e8 };

export class Runner {
  readonly #gpu: Gpu;
  #rate: number;
  /** FLOP submitted since the last pause, and the time of the first of them. */
  #queued = 0;
  #since = 0;
  #previous: Promise<void> = Promise.resolve();

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
    this.#rate = gpu.software ? FIRST_RATE.software : FIRST_RATE.hardware;
  }

  /**
   * Runs calls in order; resolves when all are submitted.
   *
   * @throws {DeviceError} when the device has failed.
   */
  async run(calls: readonly Call[]): Promise<void> {
    const { device } = this.#gpu;
    this.#gpu.check();
    let next = 0;
    while (next < calls.length) {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      const most = this.#rate * SUBMISSION_MS;
      if (this.#queued === 0) this.#since = performance.now();
      do {
        const { pipeline, bindings, x, y, cost } = calls[next++];
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, bindings);
        pass.dispatchWorkgroups(x, y);
        this.#queued += cost;
      } while (next < calls.length && this.#queued + calls[next].cost <= most);
      pass.end();
      device.queue.submit([encoder.finish()]);
      if (next < calls.length || this.#queued > most / 2) await this.#pause();
    }
  }

  async #pause(): Promise<void> {
    const [queued, since] = [this.#queued, this.#since];
    this.#queued = 0;
    const done = this.#gpu.device.queue.onSubmittedWorkDone().then(() =>
      this.#learn(queued, since)
    );
    await this.#previous;
    this.#previous = done;
    this.#gpu.check();
  }

  #learn(queued: number, since: number): void {
    const measured = queued / Math.max(performance.now() - since, 1);
    this.#rate = Math.max(0.7 * this.#rate + 0.3 * measured, FIRST_RATE.software / 10);
  }
}
