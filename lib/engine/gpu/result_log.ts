/**
 * Keeps small results, such as the losses of training steps, on the GPU. They are read every other
 * second while the GPU works on: the thread waits for the GPU when it reads.
 *
 * @module
 */
import type { Region } from "../../plan/memory_plan.ts";
import type { TensorSpec } from "../../plan/steps.ts";
import type { Gpu } from "./adapter.ts";
import { LAYOUT } from "./layout.ts";
import { type Memory, readBuffer } from "./memory.ts";
import type { Runner } from "./runner.ts";

/** Least capacity of the log: the losses of 1024 steps. */
const CAPACITY_BYTES = 1024 * 16;

/** A log holds at least so many of the largest results. */
const LEAST_RESULTS = 4;

/** The least time between two readings that nobody waits for. */
const EVERY_MS = 2000;

/** A tensor in the log. */
interface Noted {
  readonly spec: TensorSpec;
  /** Its first byte. */
  readonly at: number;
}

/** The log of one program. */
export class ResultLog {
  readonly #gpu: Gpu;
  readonly #runner: Runner;
  readonly #capacity: number;
  readonly #log: GPUBuffer;
  readonly #staging: GPUBuffer;
  /** The tensors that the log holds, and the bytes that they take. */
  #noted: Noted[] = [];
  #bytes = 0;
  /** The reading that is under way. It stays if it has failed. */
  #reading: Promise<void> | undefined;
  /** When the last reading began. */
  #readAt: number;
  readonly #known: Float32Array[] = [];

  /** @param most The bytes of the largest tensor that will be noted. */
  constructor(gpu: Gpu, runner: Runner, most: number) {
    const { COPY_DST, COPY_SRC, MAP_READ } = GPUBufferUsage;
    this.#capacity = Math.max(CAPACITY_BYTES, LEAST_RESULTS * most);
    const buffer = (usage: number) => gpu.device.createBuffer({ size: this.#capacity, usage });
    this.#gpu = gpu;
    this.#runner = runner;
    this.#log = buffer(COPY_SRC | COPY_DST);
    this.#staging = buffer(MAP_READ | COPY_DST);
    this.#readAt = runner.now();
  }

  /** Notes the values that a tensor has after all submitted work. */
  async note(spec: TensorSpec, region: Region, memory: Memory): Promise<void> {
    if (this.#bytes + region.bytes > this.#capacity) {
      if (this.#reading) await this.#runner.wait(this.#reading);
      this.#read();
    }
    const encoder = this.#gpu.device.createCommandEncoder();
    memory.copy(encoder, region, this.#log, this.#bytes);
    this.#gpu.device.queue.submit([encoder.finish()]);
    this.#noted.push({ spec, at: this.#bytes });
    this.#bytes += region.bytes;
    if (!this.#reading && this.#runner.now() - this.#readAt >= EVERY_MS) this.#read();
  }

  /** The values noted since the last call, in order, as far as they are read. */
  known(): Float32Array[] {
    return this.#known.splice(0);
  }

  /** All values noted since the last call, in order. */
  async take(): Promise<Float32Array[]> {
    if (this.#reading) await this.#runner.wait(this.#reading);
    if (this.#bytes > 0) await this.#runner.wait(this.#read());
    return this.known();
  }

  close(): void {
    this.#log.destroy();
    this.#staging.destroy();
  }

  /** Begins to read the log, which is then empty. No other reading is under way. */
  #read(): Promise<void> {
    const { device } = this.#gpu;
    const [noted, bytes] = [this.#noted, this.#bytes];
    this.#noted = [];
    this.#bytes = 0;
    this.#readAt = this.#runner.now();
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(this.#log, 0, this.#staging, 0, bytes);
    device.queue.submit([encoder.finish()]);
    const answer = this.#runner.ask(() => readBuffer(this.#gpu, this.#staging, bytes));
    this.#reading = answer.then((values) => {
      for (const { spec, at } of noted) this.#known.push(LAYOUT.unpack(spec, values, at));
      this.#reading = undefined;
    });
    // Whoever needs the values gets the error; the device's own failures meet the next call.
    this.#reading.catch(() => {});
    return this.#reading;
  }
}
