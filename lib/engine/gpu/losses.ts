/**
 * The losses of training steps, kept on the GPU until somebody asks: reading back costs more than a small step.
 *
 * @module
 */
import type { LossParts } from "../engine.ts";
import type { Region } from "./context.ts";
import type { Machine } from "./machine.ts";
import { readBuffer } from "./memory.ts";

/** Steps between two readings at most. */
const CAPACITY = 1024;

/** Bytes of one step's loss parts: a vector. */
const BYTES = 16;

export class LossLog {
  readonly #machine: Machine;
  readonly #log: GPUBuffer;
  readonly #staging: GPUBuffer;
  /** How many losses the log holds. */
  #count = 0;
  #read: LossParts[] = [];

  constructor(machine: Machine) {
    const { device } = machine.gpu;
    const size = CAPACITY * BYTES;
    this.#machine = machine;
    this.#log = device.createBuffer({
      size,
      usage: GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
    this.#staging = device.createBuffer({
      size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
  }

  /** Notes the loss that the step before has left. */
  async note(loss: Region): Promise<void> {
    const { gpu, memory } = this.#machine;
    const encoder = gpu.device.createCommandEncoder();
    memory.copy(encoder, { at: loss.at, bytes: BYTES }, this.#log, this.#count * BYTES);
    gpu.device.queue.submit([encoder.finish()]);
    this.#count++;
    if (this.#count === CAPACITY) await this.#fetch();
  }

  /** The losses since the last call. */
  async take(): Promise<LossParts[]> {
    if (this.#count > 0) await this.#fetch();
    const read = this.#read;
    this.#read = [];
    return read;
  }

  /** Forgets what was noted. */
  clear(): void {
    this.#count = 0;
    this.#read = [];
  }

  close(): void {
    this.#log.destroy();
    this.#staging.destroy();
  }

  async #fetch(): Promise<void> {
    const { gpu } = this.#machine;
    const bytes = this.#count * BYTES;
    const encoder = gpu.device.createCommandEncoder();
    encoder.copyBufferToBuffer(this.#log, 0, this.#staging, 0, bytes);
    gpu.device.queue.submit([encoder.finish()]);
    const floats = new Float32Array(await readBuffer(gpu, this.#staging, bytes));
    for (let at = 0; at < floats.length; at += 4) {
      const [loss, bce, dice] = floats.subarray(at, at + 3);
      this.#read.push({ loss, bce, dice });
    }
    this.#count = 0;
  }
}
