/**
 * Keeps small results, such as the losses of training steps, on the GPU until they are read.
 * Reading back costs more than a small step.
 *
 * @module
 */
import type { Region } from "../../plan/memory_plan.ts";
import type { TensorSpec } from "../../plan/steps.ts";
import type { Gpu } from "./adapter.ts";
import { LAYOUT } from "./layout.ts";
import { type Memory, readBuffer } from "./memory.ts";
import type { Runner } from "./runner.ts";

/** Capacity of the log: the losses of 1024 steps. */
const CAPACITY_BYTES = 1024 * 16;

/** The log of one program. */
export class ResultLog {
  readonly #gpu: Gpu;
  readonly #runner: Runner;
  readonly #log: GPUBuffer;
  readonly #staging: GPUBuffer;
  /** The tensors that the log holds, and the bytes that they take. */
  #noted: { readonly spec: TensorSpec; readonly at: number }[] = [];
  #bytes = 0;
  #read: Float32Array[] = [];

  constructor(gpu: Gpu, runner: Runner) {
    const { COPY_DST, COPY_SRC, MAP_READ } = GPUBufferUsage;
    const buffer = (usage: number) => gpu.device.createBuffer({ size: CAPACITY_BYTES, usage });
    this.#gpu = gpu;
    this.#runner = runner;
    this.#log = buffer(COPY_SRC | COPY_DST);
    this.#staging = buffer(MAP_READ | COPY_DST);
  }

  /** Notes the values that a tensor has after all submitted work. */
  async note(spec: TensorSpec, region: Region, memory: Memory): Promise<void> {
    if (region.bytes > CAPACITY_BYTES) throw new Error(`${spec.name} is too large for a log`);
    if (this.#bytes + region.bytes > CAPACITY_BYTES) await this.#fetch();
    const encoder = this.#gpu.device.createCommandEncoder();
    memory.copy(encoder, region, this.#log, this.#bytes);
    this.#gpu.device.queue.submit([encoder.finish()]);
    this.#noted.push({ spec, at: this.#bytes });
    this.#bytes += region.bytes;
  }

  /** The values noted since the last call, in order. */
  async take(): Promise<Float32Array[]> {
    if (this.#bytes > 0) await this.#fetch();
    const read = this.#read;
    this.#read = [];
    return read;
  }

  close(): void {
    this.#log.destroy();
    this.#staging.destroy();
  }

  async #fetch(): Promise<void> {
    const { device } = this.#gpu;
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(this.#log, 0, this.#staging, 0, this.#bytes);
    device.queue.submit([encoder.finish()]);
    const values = await this.#runner.settle(() =>
      readBuffer(this.#gpu, this.#staging, this.#bytes)
    );
    for (const { spec, at } of this.#noted) this.#read.push(LAYOUT.unpack(spec, values, at));
    this.#noted = [];
    this.#bytes = 0;
  }
}
