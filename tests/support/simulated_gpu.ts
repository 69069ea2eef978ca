/**
 * A GPU that computes nothing and takes simulated time, and a clock that advances with it.
 *
 * A call's `x` is the time that it takes, in microseconds.
 *
 * @module
 */
import type { Call, RunningGpu, Time } from "../../lib/engine/gpu/runner.ts";

/** Deno's sleep in `onSubmittedWorkDone()` and `mapAsync()`. */
const DENO_SLEEP_MS = 10;

/** A timer is late by so much. */
const TIMER_LATE_MS = 1.2;

export interface SimulationOptions {
  /** Whether the thread stands still while the GPU is asked, as in Deno. */
  readonly blocks: boolean;
  /** The rate that a probe has found, in FLOP per ms. */
  readonly rate?: number;
}

export class SimulatedGpu implements Time {
  readonly #options: SimulationOptions;
  #now = 0;
  /** When the queue is empty. */
  #end = 0;
  #recorded = 0;
  /** Whether the GPU has been asked since the last submission: then its queue may be empty. */
  #asked = true;
  /** Milliseconds without work between two submissions, those after a question left out. */
  idle = 0;
  /** The most work that was ever queued, in ms. */
  longest = 0;
  /** How often the GPU was asked. */
  questions = 0;
  /** Turns of the event loop. */
  turns = 0;
  /** Factor of the time that calls take. */
  slowness = 1;

  constructor(options: SimulationOptions) {
    this.#options = options;
  }

  now = () => this.#now;

  sleep(ms: number): Promise<void> {
    this.turns++;
    this.#now += ms + TIMER_LATE_MS;
    return Promise.resolve();
  }

  /** The host works. */
  work(ms: number): void {
    this.#now += ms;
  }

  /** A call of so many milliseconds and FLOP. */
  call(ms: number, cost: number): Call {
    const nothing = {} as unknown;
    return {
      pipeline: nothing as GPUComputePipeline,
      bindings: nothing as GPUBindGroup,
      x: 1000 * ms,
      y: 1,
      cost,
      kind: "conv3x3",
    };
  }

  /** For a runner. */
  get gpu(): RunningGpu {
    const pass = {
      setPipeline() {},
      setBindGroup() {},
      dispatchWorkgroups: (x: number) => void (this.#recorded += this.slowness * x / 1000),
      end() {},
    };
    const queue = { submit: () => this.#submit(), onSubmittedWorkDone: () => this.ask() };
    const device = {
      createCommandEncoder: () => ({ beginComputePass: () => pass, finish() {} }),
      queue,
    };
    return {
      check() {},
      software: false,
      rate: this.#options.rate,
      device: device as unknown as RunningGpu["device"],
    };
  }

  /** Resolves when the queue is empty. */
  async ask(): Promise<void> {
    this.questions++;
    this.#asked = true;
    const wait = () => this.#now = Math.max(this.#now, this.#end);
    if (this.#options.blocks) wait();
    await Promise.resolve();
    this.turns++;
    if (this.#options.blocks) this.#now += DENO_SLEEP_MS;
    else wait();
  }

  #submit(): void {
    if (!this.#asked) this.idle += Math.max(0, this.#now - this.#end);
    this.#asked = false;
    this.#end = Math.max(this.#now, this.#end) + this.#recorded;
    this.#recorded = 0;
    this.longest = Math.max(this.longest, this.#end - this.#now);
  }
}
