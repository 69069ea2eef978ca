/**
 * The memory of one program: several buffers that form one range of bytes.
 *
 * All buffers are made and cleared at the start, in an error scope that reports a lack of memory.
 * Deno refuses a buffer beyond 97 % of the memory that the driver grants, other programs' included,
 * and gives the device up at 99 %; another program may bring that about during a training.
 * Training allocates nothing later; only a test that reads a very large tensor back enlarges the
 * staging buffer.
 *
 * @module
 */
import { bytes as inWords } from "../../core/bytes.ts";
import { DeviceError, OutOfMemoryError } from "../../core/errors.ts";
import { sentence } from "../../core/sentence.ts";
import type { Region } from "../../plan/memory_plan.ts";
import { type Gpu, OFFSET_ALIGNMENT } from "./adapter.ts";

/** The largest staging buffer, in bytes. */
const STAGING_BYTES = 2 ** 27;

/** Asks for bytes, now or later. */
type Ask = (question: () => Promise<ArrayBuffer>) => Promise<ArrayBuffer>;

export class Memory {
  readonly #gpu: Gpu;
  readonly #buffers: GPUBuffer[];
  /** Bound in place of a tensor that a step does not have. */
  readonly #nothing: GPUBuffer;
  #staging: GPUBuffer;
  readonly #records: GPUBuffer[] = [];
  /** Resolves when the last reading has ended. */
  #lastRead: Promise<void> = Promise.resolve();

  private constructor(gpu: Gpu, buffers: GPUBuffer[], nothing: GPUBuffer, staging: GPUBuffer) {
    this.#gpu = gpu;
    this.#buffers = buffers;
    this.#nothing = nothing;
    this.#staging = staging;
  }

  /**
   * Makes buffers of `bytes` bytes in all, filled with zeros.
   *
   * @throws {OutOfMemoryError} when the GPU has less memory.
   */
  static async make(gpu: Gpu, bytes: number): Promise<Memory> {
    const { device, limits: { bufferBytes } } = gpu;
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    gpu.check();
    device.pushErrorScope("out-of-memory");
    device.pushErrorScope("validation");
    const buffers: GPUBuffer[] = [];
    const encoder = device.createCommandEncoder();
    for (let at = 0; at < bytes; at += bufferBytes) {
      const size = Math.ceil(Math.min(bufferBytes, bytes - at) / 16) * 16;
      const buffer = device.createBuffer({ size, usage });
      buffers.push(buffer);
      // Some drivers fail only when the memory is first written.
      encoder.clearBuffer(buffer);
    }
    const nothing = device.createBuffer({ size: MOST_BINDINGS * OFFSET_ALIGNMENT, usage });
    const staging = stagingBuffer(device, Math.min(STAGING_BYTES, Math.ceil(bytes / 16) * 16));
    device.queue.submit([encoder.finish()]);
    const scopes = [await device.popErrorScope(), await device.popErrorScope()];
    const error = scopes.find((scope) => scope !== null);
    if (error) {
      for (const buffer of [...buffers, nothing, staging]) buffer.destroy();
      throw new OutOfMemoryError(
        sentence`the GPU has no ${inWords(bytes)} of memory left: the last 3 % of what its driver
          grants are never used, and other programs' memory counts, so close what else uses the
          GPU`,
        { cause: error },
      );
    }
    return new Memory(gpu, buffers, nothing, staging);
  }

  /** A region as a binding. `index` gives missing tensors different offsets. */
  binding(region: Region | undefined, index: number): GPUBufferBinding {
    if (!region) {
      const size = OFFSET_ALIGNMENT;
      return { buffer: this.#nothing, offset: index * OFFSET_ALIGNMENT, size };
    }
    return { ...this.#find(region), size: Math.ceil(region.bytes / 16) * 16 };
  }

  /** A uniform buffer with these contents. */
  records(contents: Uint32Array<ArrayBuffer>): GPUBuffer {
    const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
    const buffer = this.#gpu.device.createBuffer({ size: contents.byteLength, usage });
    this.#gpu.device.queue.writeBuffer(buffer, 0, contents);
    this.#records.push(buffer);
    return buffer;
  }

  /** Writes bytes at the start of a region. */
  write(region: Region, bytes: Uint8Array<ArrayBuffer>): void {
    const { buffer, offset } = this.#find(region);
    this.#gpu.device.queue.writeBuffer(buffer, offset, bytes);
  }

  /** Copies a region into another buffer. */
  copy(encoder: GPUCommandEncoder, region: Region, to: GPUBuffer, at: number): void {
    const { buffer, offset } = this.#find(region);
    encoder.copyBufferToBuffer(buffer, offset, to, at, Math.ceil(region.bytes / 4) * 4);
  }

  /**
   * Reads regions back, through a staging buffer of bounded size: hence one reading after the
   * other, and large ones in several turns.
   *
   * @param ask Asks for the bytes of a turn.
   */
  read(regions: readonly Region[], ask: Ask): Promise<ArrayBuffer[]> {
    const reading = this.#lastRead.then(() => this.#read(regions, ask));
    this.#lastRead = reading.then(() => {}, () => {});
    return reading;
  }

  async #read(regions: readonly Region[], ask: Ask): Promise<ArrayBuffer[]> {
    const { device } = this.#gpu;
    const results: ArrayBuffer[] = [];
    let next = 0;
    while (next < regions.length) {
      const turn: { region: Region; at: number }[] = [];
      let bytes = 0;
      do {
        turn.push({ region: regions[next], at: bytes });
        bytes += Math.ceil(regions[next].bytes / 16) * 16;
        next++;
      } while (next < regions.length && bytes + regions[next].bytes <= STAGING_BYTES);
      const staging = this.#stagingOf(bytes);
      const encoder = device.createCommandEncoder();
      for (const { region, at } of turn) this.copy(encoder, region, staging, at);
      device.queue.submit([encoder.finish()]);
      const mapped = await ask(() => readBuffer(this.#gpu, staging, bytes));
      for (const { region, at } of turn) results.push(mapped.slice(at, at + region.bytes));
    }
    return results;
  }

  close(): void {
    for (const buffer of [...this.#buffers, ...this.#records, this.#nothing]) buffer.destroy();
    this.#staging.destroy();
  }

  #find({ at }: Region): { buffer: GPUBuffer; offset: number } {
    const { bufferBytes } = this.#gpu.limits;
    return { buffer: this.#buffers[Math.floor(at / bufferBytes)], offset: at % bufferBytes };
  }

  #stagingOf(bytes: number): GPUBuffer {
    if (this.#staging.size < bytes) {
      this.#staging.destroy();
      this.#staging = stagingBuffer(this.#gpu.device, bytes);
    }
    return this.#staging;
  }
}

function stagingBuffer(device: GPUDevice, size: number): GPUBuffer {
  return device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
}

/** Upper bound of a kernel's bindings. */
const MOST_BINDINGS = 16;

/**
 * Maps a staging buffer, copies its first `bytes` bytes and unmaps it.
 *
 * @throws {DeviceError} when the device has failed.
 */
export async function readBuffer(
  gpu: Gpu,
  staging: GPUBuffer,
  bytes: number,
): Promise<ArrayBuffer> {
  gpu.check();
  try {
    await staging.mapAsync(GPUMapMode.READ, 0, bytes);
  } catch (error) {
    await gpu.checkLater();
    throw new DeviceError(`the GPU's results cannot be read: ${error}`);
  }
  gpu.check();
  const copy = staging.getMappedRange(0, bytes).slice(0);
  staging.unmap();
  return copy;
}
