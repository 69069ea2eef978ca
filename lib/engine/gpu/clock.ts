/**
 * Measures time by the GPU's clock: each dispatch becomes a pass with a timestamp at either end.
 *
 * WebGPU's timestamps are nanoseconds, but Deno hands out the ticks of the driver as they are: of
 * 10 ns on AMD's GPUs, of 52 or 83 ns on Intel's. Whoever wants milliseconds calibrates the clock
 * first; ratios need no unit.
 *
 * @module
 */
import type { StepKind } from "../../plan/steps.ts";
import type { Gpu } from "./adapter.ts";
import { readBuffer } from "./memory.ts";
import { type Call, record } from "./runner.ts";

/** Dispatches per query set: each needs two timestamps, and a query set holds at most 4096. */
const PORTION = 256;

/** Bytes of a timestamp. */
const STAMP_BYTES = 8;

/** A calibration's work takes at least so long, since Deno tells of its end up to 10 ms late. */
const LEAST_MS = 80;

/** A tick that is no nanosecond is measured over so much work, which makes it exact. */
const EXACT_MS = 4 * LEAST_MS;

/** Each attempt of a calibration has so many times the runs of the one before, up to a bound. */
const MORE = 4;
const MOST_RUNS = 2 ** 15;

/** A tick that seems to differ from a nanosecond by less than this fraction is one. */
const DOUBT = 0.2;

/** The nanoseconds of a tick, when so many were counted in so many milliseconds. */
export function tickLength(ticks: number, ms: number): number {
  const measured = ms * 1e6 / ticks;
  if (!(measured > 0 && measured < Infinity)) return 1;
  return Math.abs(measured - 1) <= DOUBT ? 1 : measured;
}

/** Times calls by the GPU's timestamps. */
export class Clock {
  readonly #gpu: Gpu;
  readonly #stamps: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  readonly #staging: GPUBuffer;
  /** Nanoseconds of a tick. */
  #tick = 1;

  constructor(gpu: Gpu) {
    const count = 2 * PORTION;
    const size = count * STAMP_BYTES;
    this.#gpu = gpu;
    this.#stamps = gpu.device.createQuerySet({ type: "timestamp", count });
    this.#resolved = gpu.device.createBuffer({
      size,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
    this.#staging = gpu.device.createBuffer({
      size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
  }

  /** Whether a device has timestamps. */
  static isIn({ device }: Gpu): boolean {
    return device.features.has("timestamp-query");
  }

  /**
   * Measures the unit of the timestamps by repeating the costliest of these calls. Wall time and
   * ticks are differences between many runs and a single one, so whatever a submission costs
   * besides cancels out (rate.ts).
   */
  async calibrate(calls: readonly Call[]): Promise<void> {
    if (calls.length === 0) return;
    const call = calls.reduce((most, each) => each.cost > most.cost ? each : most);
    // The first run waits for the kernel's compilation and wakes the GPU.
    await this.#repeat(call, 1);
    const single = await this.#repeat(call, 1);
    for (let runs = 2;; runs *= MORE) {
      const many = await this.#repeat(call, runs);
      const ms = many.ms - single.ms;
      const tick = tickLength(many.ticks - single.ticks, ms);
      if (ms < (tick === 1 ? LEAST_MS : EXACT_MS) && runs < MOST_RUNS) continue;
      this.#tick = tick;
      return;
    }
  }

  /** Milliseconds of one run of these calls by the kind of step. */
  async timeKinds(calls: readonly Call[]): Promise<Map<StepKind, number>> {
    const times = new Map<StepKind, number>();
    const all = await this.timeEach(calls);
    calls.forEach(({ kind }, index) => times.set(kind, (times.get(kind) ?? 0) + all[index]));
    return times;
  }

  /** Milliseconds of each of these calls in one run. */
  async timeEach(calls: readonly Call[]): Promise<number[]> {
    const times: number[] = [];
    for (let at = 0; at < calls.length; at += PORTION) {
      const portion = calls.slice(at, at + PORTION);
      const stamps = await this.#run(portion);
      const ticks = portion.map((_, i) => Number(stamps[2 * i + 1] - stamps[2 * i]));
      times.push(...ticks.map((count) => count * this.#tick / 1e6));
    }
    return times;
  }

  /** Ticks at the beginning and the end of each call. */
  async #run(calls: readonly Call[]): Promise<BigUint64Array> {
    const { device } = this.#gpu;
    const encoder = device.createCommandEncoder();
    calls.forEach((call, index) => {
      const pass = this.#begin(encoder, index);
      record(pass, [call]);
      pass.end();
    });
    device.queue.submit([this.#finish(encoder, calls.length)]);
    return await this.#read(calls.length);
  }

  /** Wall time and ticks of some runs of one call. */
  async #repeat(call: Call, runs: number): Promise<{ ms: number; ticks: number }> {
    const { queue } = this.#gpu.device;
    const encoder = this.#gpu.device.createCommandEncoder();
    const pass = this.#begin(encoder, 0);
    for (let run = 0; run < runs; run++) record(pass, [call]);
    pass.end();
    const commands = this.#finish(encoder, 1);
    const start = performance.now();
    queue.submit([commands]);
    await queue.onSubmittedWorkDone();
    const ms = performance.now() - start;
    const [begin, end] = await this.#read(1);
    return { ms, ticks: Number(end - begin) };
  }

  /** Begins a pass with timestamps. */
  #begin(encoder: GPUCommandEncoder, index: number): GPUComputePassEncoder {
    return encoder.beginComputePass({
      timestampWrites: {
        querySet: this.#stamps,
        beginningOfPassWriteIndex: 2 * index,
        endOfPassWriteIndex: 2 * index + 1,
      },
    });
  }

  /** The commands, and a copy of the timestamps of so many passes. */
  #finish(encoder: GPUCommandEncoder, passes: number): GPUCommandBuffer {
    const count = 2 * passes;
    encoder.resolveQuerySet(this.#stamps, 0, count, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, this.#staging, 0, count * STAMP_BYTES);
    return encoder.finish();
  }

  async #read(passes: number): Promise<BigUint64Array> {
    return new BigUint64Array(await readBuffer(this.#gpu, this.#staging, 2 * passes * STAMP_BYTES));
  }

  close(): void {
    this.#stamps.destroy();
    this.#resolved.destroy();
    this.#staging.destroy();
  }
}
