/**
 * A GPU that computes nothing and takes simulated time, and a clock that advances with it. Nothing
 * here depends on how fast the machine is.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import type { Call, RunningGpu, Time } from "../../lib/engine/gpu/runner.ts";

/** Deno's sleep in `onSubmittedWorkDone()` and `mapAsync()`, between waiting and answering. */
const DENO_SLEEP_MS = 10;

/** A timer is late by so much. */
const TIMER_LATE_MS = 1.2;

export interface SimulationOptions {
  /** Whether the thread stands still while the GPU is asked, as in Deno. */
  readonly blocks: boolean;
  /** The rate that a probe has found, in FLOP per ms. */
  readonly rate?: number;
}

/** Something that happens later. */
interface Timer {
  readonly at: number;
  readonly ring: () => void;
}

export class SimulatedGpu implements Time {
  readonly #options: SimulationOptions;
  #now = 0;
  /** What will happen, the next first. */
  #timers: Timer[] = [];
  #isTurning = false;
  /** When the queue is empty; undefined before the first submission. */
  #end: number | undefined;
  /** Milliseconds without work between two submissions. */
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
    return this.#at(this.#now + Math.max(0, ms) + TIMER_LATE_MS);
  }

  /** The host works: nothing else happens meanwhile. */
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

  /** For a runner. A call's `x` is the time that it takes, in microseconds. */
  get gpu(): RunningGpu {
    let recorded = 0;
    const pass = {
      setPipeline() {},
      setBindGroup() {},
      dispatchWorkgroups: (x: number) => void (recorded += x / 1000),
      end() {},
    };
    const submit = () => {
      this.submit(recorded);
      recorded = 0;
    };
    const device = {
      createCommandEncoder: () => ({ beginComputePass: () => pass, finish() {} }),
      queue: { submit, onSubmittedWorkDone: () => this.ask() },
    };
    return {
      check() {},
      software: false,
      rate: this.#options.rate,
      device: device as unknown as RunningGpu["device"],
    };
  }

  /** The queue gets work of so many milliseconds. */
  submit(ms: number): void {
    const end = this.#end ?? this.#now;
    this.idle += Math.max(0, this.#now - end);
    this.#end = Math.max(this.#now, end) + this.slowness * ms;
    this.longest = Math.max(this.longest, this.#end - this.#now);
  }

  /** Resolves when all that is queued now has ended. */
  ask(): Promise<void> {
    this.questions++;
    const end = Math.max(this.#now, this.#end ?? 0);
    if (!this.#options.blocks) return this.#at(end);
    this.#now = end;
    return this.#at(end + DENO_SLEEP_MS);
  }

  /** Resolves at a time, in a turn of the event loop. */
  #at(at: number): Promise<void> {
    return new Promise((ring) => {
      const later = this.#timers.findIndex((timer) => timer.at > at);
      this.#timers.splice(later < 0 ? this.#timers.length : later, 0, { at, ring });
      this.#turn();
    });
  }

  /** Turns the event loop as long as something will happen: the clock jumps to it. */
  #turn(): void {
    if (this.#isTurning) return;
    this.#isTurning = true;
    // By then all that can go on without the clock has done so.
    setImmediate(() => {
      this.#isTurning = false;
      const next = this.#timers.shift()!;
      this.turns++;
      this.#now = Math.max(this.#now, next.at);
      next.ring();
      if (this.#timers.length > 0) this.#turn();
    });
  }
}
