/**
 * Submits work to the GPU in portions, a fifth of a second ahead of it, so that the GPU never waits
 * for the host and the event loop keeps running.
 *
 * pace.ts says by the clock when the next portion is due, and the runner sleeps until then. Timers
 * and signals run meanwhile, and a failure is noticed. Nothing here changes a result.
 *
 * @module
 */
import type { StepKind } from "../../plan/steps.ts";
import type { Gpu } from "./adapter.ts";
import { Pace } from "./pace.ts";

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

/** Adds calls to a pass, in order. */
export function record(pass: GPUComputePassEncoder, calls: readonly Call[]): void {
  for (const { pipeline, bindings, x, y } of calls) {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindings);
    pass.dispatchWorkgroups(x, y);
  }
}

/** A clock; tests have one of their own. */
export interface Time {
  /** Milliseconds. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

const REAL_TIME: Time = {
  now: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** FLOP per ms, assumed where nothing is known. */
const FIRST_RATE = { software: 5e6, hardware: 5e8 };

/** The event loop has a turn after so many milliseconds, even if there is nothing to wait for. */
const TURN_MS = 50;

/** A call that takes longer has waited for the GPU. */
const BLOCKED_MS = 2;

/** What a runner uses of a GPU. */
export type RunningGpu = Pick<Gpu, "check" | "software" | "rate"> & {
  readonly device: Pick<GPUDevice, "createCommandEncoder" | "queue">;
};

export class Runner {
  readonly #gpu: RunningGpu;
  readonly #time: Time;
  /** The rate with which `#pace` was made; undefined as long as the adapter's is unknown. */
  #rate: number | undefined;
  #pace: Pace;
  /** When the event loop last had a turn. */
  #turned: number;

  constructor(gpu: RunningGpu, time = REAL_TIME) {
    this.#gpu = gpu;
    this.#time = time;
    this.#turned = time.now();
    this.#pace = new Pace(gpu.software ? FIRST_RATE.software : FIRST_RATE.hardware);
  }

  /**
   * Runs calls in order; resolves when all are submitted.
   *
   * @throws {DeviceError} when the device has failed.
   */
  async run(calls: readonly Call[]): Promise<void> {
    const { device, rate } = this.#gpu;
    if (rate !== undefined && rate !== this.#rate) this.#pace = new Pace(rate);
    this.#rate = rate;
    const pace = this.#pace;
    this.#gpu.check();
    let next = 0;
    while (next < calls.length) {
      const first = next;
      let cost = 0;
      do {
        cost += calls[next++].cost;
      } while (next < calls.length && cost + calls[next].cost <= pace.piece);
      await this.#turn(pace.wait(cost, this.#time.now()));
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      record(pass, calls.slice(first, next));
      pass.end();
      pace.submit(cost, this.#time.now());
      device.queue.submit([encoder.finish()]);
      if (pace.isUncertain) await this.settle(() => device.queue.onSubmittedWorkDone());
    }
  }

  /**
   * Awaits what resolves as soon as the GPU has done all work: its end, or a few bytes of its
   * results. The time is a measure of the GPU's rate.
   */
  async settle<Result>(ask: () => Promise<Result>): Promise<Result> {
    const asked = this.#time.now();
    const answer = ask();
    const returned = this.#time.now();
    const result = await answer;
    // In Deno the call itself waits for the GPU; in a browser its promise does.
    this.#turned = this.#time.now();
    this.#pace.learn(asked, returned - asked > BLOCKED_MS ? returned : this.#turned);
    this.#gpu.check();
    return result;
  }

  /** Awaits what ends some time after all work, such as the transfer of large results. */
  async finish<Result>(ask: () => Promise<Result>): Promise<Result> {
    const result = await ask();
    this.#pace.forget();
    this.#turned = this.#time.now();
    return result;
  }

  /** Waits; if it is not necessary, only when the event loop has had no turn for long. */
  async #turn(ms: number): Promise<void> {
    if (ms <= 0 && this.#time.now() - this.#turned < TURN_MS) return;
    await this.#time.sleep(ms);
    this.#turned = this.#time.now();
    this.#gpu.check();
  }
}
