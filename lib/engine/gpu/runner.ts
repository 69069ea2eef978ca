/**
 * Submits work to the GPU in portions, a fifth of a second ahead of it, so that the GPU never waits
 * for the host and the event loop keeps running.
 *
 * pace.ts says by the clock when the next portion is due, and the runner sleeps until then. Timers
 * and signals run meanwhile, and a failure is noticed. Nothing here changes a result.
 *
 * A question to the GPU, such as one for results, waits until the next portion is recorded. In Deno
 * the thread stands still until the queue is empty; the portion follows at once, and the GPU works
 * on while the answer is on its way. Only a caller who can do nothing without the answer has the
 * question asked at once.
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

/** The interval at which a runner looks for an answer that it needs. */
const ANSWER_MS = 5;

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
  /** Asks the questions that wait for the next portion. */
  readonly #questions: (() => void)[] = [];
  /** How many callers wait for answers before they go on. */
  #waiting = 0;
  /** The failure of a question that nobody waits for. */
  #failure: { readonly error: unknown } | undefined;

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
    this.#check();
    const idle = () => device.queue.onSubmittedWorkDone();
    let next = 0;
    while (next < calls.length) {
      const first = next;
      let cost = 0;
      do {
        cost += calls[next++].cost;
      } while (next < calls.length && cost + calls[next].cost <= pace.piece);
      if (pace.needsRate) await this.wait(this.ask(idle));
      await this.#turn(pace.wait(cost, this.#time.now()));
      while (pace.needsAnswer(this.#time.now())) await this.#turn(ANSWER_MS);
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      record(pass, calls.slice(first, next));
      pass.end();
      const commands = encoder.finish();
      // Behind a question the GPU has this portion alone: as the last of several it could end
      // before the next batch is there.
      if (first === 0 || next < calls.length) {
        if (pace.isUncertain && this.#questions.length === 0) {
          this.ask(idle).catch((error) => this.#failure ??= { error });
        }
        this.#askAll();
      }
      pace.submit(cost, this.#time.now());
      device.queue.submit([commands]);
    }
  }

  /** Gives the event loop a turn if it had none for long. */
  yield(): Promise<void> {
    return this.#turn(0);
  }

  /** Milliseconds on the runner's clock. */
  now(): number {
    return this.#time.now();
  }

  /**
   * Asks what resolves when the GPU has done all work submitted before, right before the next
   * portion is submitted. Resolves with the answer. The time of a short answer is a measure of the
   * GPU's rate.
   *
   * @param isShort Whether the answer follows at once, unlike the transfer of large results.
   */
  ask<Result>(question: () => Promise<Result>, isShort = true): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#questions.push(() => this.#ask(question, isShort).then(resolve, reject));
      if (this.#waiting > 0) this.#askAll();
    });
  }

  /** Awaits what depends on questions, which are now asked at once, also those that follow. */
  async wait<Result>(result: Promise<Result>): Promise<Result> {
    this.#waiting++;
    this.#askAll();
    try {
      return await result;
    } finally {
      this.#waiting--;
    }
  }

  #askAll(): void {
    for (const ask of this.#questions.splice(0)) ask();
  }

  async #ask<Result>(question: () => Promise<Result>, isShort: boolean): Promise<Result> {
    const pace = this.#pace;
    const asked = pace.ask(this.#time.now());
    const answer = question();
    // In Deno the call itself waits for the GPU; in a browser its promise does.
    const returned = this.#time.now();
    const hasWaited = returned - asked.at > BLOCKED_MS;
    const note = (idle: number) => isShort ? pace.learn(asked, idle) : pace.forget(asked, idle);
    if (hasWaited) note(returned);
    try {
      return await answer;
    } finally {
      this.#turned = this.#time.now();
      if (!hasWaited) note(this.#turned);
      this.#gpu.check();
    }
  }

  /** Waits; if it is not necessary, only when the event loop has had no turn for long. */
  async #turn(ms: number): Promise<void> {
    if (ms <= 0 && this.#time.now() - this.#turned < TURN_MS) return;
    await this.#time.sleep(ms);
    this.#turned = this.#time.now();
    this.#check();
  }

  #check(): void {
    this.#gpu.check();
    if (this.#failure) throw this.#failure.error;
  }
}
