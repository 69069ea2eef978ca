/**
 * Measures time by the GPU's clock: each dispatch becomes a pass with a timestamp at either end.
 *
 * @module
 */
import type { StepKind } from "../../plan/steps.ts";
import type { Gpu } from "./adapter.ts";
import { readBuffer } from "./memory.ts";
import type { Call } from "./runner.ts";

/** Dispatches per query set: each needs two timestamps, and a query set holds at most 4096. */
const PORTION = 256;

/** Bytes of a timestamp. */
const STAMP_BYTES = 8;

/** Times calls by the GPU's timestamps. */
export class Clock {
  readonly #gpu: Gpu;
  readonly #stamps: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  readonly #staging: GPUBuffer;

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
      times.push(...portion.map((_, i) => Number(stamps[2 * i + 1] - stamps[2 * i]) / 1e6));
    }
    return times;
  }

  /** Nanoseconds at the beginning and the end of each call. */
  async #run(calls: readonly Call[]): Promise<BigUint64Array> {
    const { device } = this.#gpu;
    const encoder = device.createCommandEncoder();
    calls.forEach(({ pipeline, bindings, x, y }, index) => {
      const pass = encoder.beginComputePass({
        timestampWrites: {
          querySet: this.#stamps,
          beginningOfPassWriteIndex: 2 * index,
          endOfPassWriteIndex: 2 * index + 1,
        },
      });
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindings);
      pass.dispatchWorkgroups(x, y);
      pass.end();
    });
    const count = 2 * calls.length;
    const bytes = count * STAMP_BYTES;
    encoder.resolveQuerySet(this.#stamps, 0, count, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, this.#staging, 0, bytes);
    device.queue.submit([encoder.finish()]);
    return new BigUint64Array(await readBuffer(this.#gpu, this.#staging, bytes));
  }

  close(): void {
    this.#stamps.destroy();
    this.#resolved.destroy();
    this.#staging.destroy();
  }
}
