/**
 * Hands work to the GPU in pieces, so that the calling thread lives.
 *
 * In Deno, asking for the end of submitted work blocks the thread until the GPU is idle, and the
 * promise resolves 10 ms later; in a browser the thread goes on. So after each piece of about
 * {@linkcode PIECE_MS} the end is asked for, and the end of the piece before it is awaited: a turn
 * of the event loop in which timers and signals have their say, while the GPU is at most two pieces
 * behind. How much work makes a piece is learnt while running; it changes no result.
 *
 * @module
 */
import type { Gpu } from "./adapter.ts";
import type { StepKind } from "../../plan/steps.ts";

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

/** What a piece should take. */
const PIECE_MS = 70;

/** FLOP per ms that are expected before anything is measured. */
const FIRST_RATE = { software: 5e6, hardware: 5e8 };

export class Runner {
  readonly #gpu: Gpu;
  #rate: number;
  /** FLOP that were submitted and not yet waited for, and since when. */
  #queued = 0;
  #since = 0;
  #previous: Promise<void> = Promise.resolve();

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
    this.#rate = gpu.software ? FIRST_RATE.software : FIRST_RATE.hardware;
  }

  /**
   * Runs calls in order; resolves when all are submitted. Throws `DeviceError` if the device has
   * failed.
   */
  async run(calls: readonly Call[]): Promise<void> {
    const { device } = this.#gpu;
    this.#gpu.check();
    let next = 0;
    while (next < calls.length) {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      const most = this.#rate * PIECE_MS;
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
