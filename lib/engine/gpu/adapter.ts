/**
 * Opens a GPU: adapter, device, limits, and the errors that WebGPU reports later.
 *
 * A shader error, an exceeded limit or a lost device does not throw in WebGPU. An event handler
 * receives it, and the failed work leaves zeros. {@linkcode Gpu} keeps the first such event, and
 * the next {@linkcode Gpu.check} throws it.
 *
 * @module
 */
import { DeviceError } from "../../core/errors.ts";
import { type Sentence, sentence, setting } from "../../core/sentence.ts";
import { bearableFlops, busyWorkgroups, type GpuLimits, SAFE_FLOPS } from "./limits.ts";

/** Offsets of bindings are multiples of this; no adapter may ask for more. */
export const OFFSET_ALIGNMENT = 256;

/** The largest buffer whose offsets fit into 32 bits with a sign. */
const MOST_BYTES = 2 ** 31 - OFFSET_ALIGNMENT;

/** Features that are requested where the adapter has them: the profile needs timestamps. */
const OPTIONAL: readonly GPUFeatureName[] = ["timestamp-query"];

/** Names of adapters in software: Mesa's lavapipe, Chromium's SwiftShader, Windows' WARP. */
const SOFTWARE = /llvmpipe|lavapipe|swiftshader|basic render/i;

/** The adapter that the browser or Deno prefers, or undefined where there is none. */
export async function gpuAdapterOf(): Promise<GPUAdapter | undefined> {
  if (!("gpu" in navigator) || !navigator.gpu) return undefined;
  const options = { powerPreference: "high-performance" } as const;
  return await navigator.gpu.requestAdapter(options) ?? undefined;
}

/** The error for a machine without an adapter. */
export function noAdapter(): DeviceError {
  return new DeviceError(
    sentence`no GPU was found (navigator.gpu has no adapter): install its Vulkan, Metal or Direct3D
      12 driver, or compute on the CPU with ${setting("device", "cpu")}`,
  );
}

/** Whether an adapter computes on the processor. */
export function isSoftware({ info }: GPUAdapter): boolean {
  return SOFTWARE.test(`${info.description} ${info.device} ${info.architecture} ${info.vendor}`) ||
    Boolean((info as { isFallbackAdapter?: boolean }).isFallbackAdapter);
}

/** An adapter in words: its description where it has one. */
export function describeAdapter({ info }: GPUAdapter): string {
  return info.description || [info.vendor, info.architecture, info.device].filter(Boolean)
    .join(" ") ||
    "unnamed adapter";
}

/** An open device. */
export class Gpu {
  readonly device: GPUDevice;
  /** The adapter's name for people. */
  readonly adapter: string;
  readonly software: boolean;
  /** Identifies the adapter and its driver, as far as WebGPU allows. */
  readonly identity: string;
  #limits: GpuLimits;
  /** Whether `dispatchFlops` may follow the measured rate: not in software, nor in tests. */
  readonly #isRateWanted: boolean;
  #rate: number | undefined;
  #failure: DeviceError | undefined;
  #closed = false;

  private constructor(
    device: GPUDevice,
    adapter: GPUAdapter,
    limits: GpuLimits,
    isFixed: boolean,
  ) {
    this.device = device;
    this.adapter = describeAdapter(adapter);
    this.software = isSoftware(adapter);
    const { vendor, architecture, device: model, description } = adapter.info;
    this.identity = [vendor, architecture, model, description].join(" | ");
    this.#limits = limits;
    this.#isRateWanted = !this.software && !isFixed;
    device.addEventListener("uncapturederror", (event) => {
      const { error } = event as GPUUncapturedErrorEvent;
      this.fail(`the GPU refused a command: ${firstLines(error.message)}`);
    });
    device.lost.then(({ message }) => {
      // Overwrites the errors of commands that failed because the device was being lost.
      if (!this.#closed) this.#failure = new DeviceError(lostWords(firstLines(message)));
    });
  }

  /**
   * Opens a device with all limits that the adapter has; `lowered` limits replace the real ones.
   *
   * @throws {DeviceError} when the adapter gives no device.
   */
  static async open(adapter: GPUAdapter, lowered: Partial<GpuLimits> = {}): Promise<Gpu> {
    const requiredLimits: Record<string, number> = {};
    for (const name in adapter.limits) {
      const value = adapter.limits[name as keyof GPUSupportedLimits];
      if (typeof value === "number") requiredLimits[name] = value;
    }
    let device: GPUDevice;
    try {
      const requiredFeatures = OPTIONAL.filter((name) => adapter.features.has(name));
      device = await adapter.requestDevice({ requiredLimits, requiredFeatures });
    } catch (error) {
      throw new DeviceError(`the GPU (${describeAdapter(adapter)}) cannot be opened: ${error}`);
    }
    const { limits } = device;
    const found: GpuLimits = {
      bindingBytes: Math.min(limits.maxStorageBufferBindingSize, MOST_BYTES),
      bufferBytes: bufferBytesOf(limits.maxBufferSize),
      workgroups: limits.maxComputeWorkgroupsPerDimension,
      groupSize: Math.min(
        limits.maxComputeInvocationsPerWorkgroup,
        limits.maxComputeWorkgroupSizeX,
      ),
      groupBytes: limits.maxComputeWorkgroupStorageSize,
      tiled: !isSoftware(adapter),
      dispatchFlops: isSoftware(adapter) ? SAFE_FLOPS.software : SAFE_FLOPS.hardware,
    };
    return new Gpu(device, adapter, { ...found, ...lowered }, lowered.dispatchFlops !== undefined);
  }

  get limits(): GpuLimits {
    return this.#limits;
  }

  /** The measured rate in FLOP per ms; undefined before {@linkcode learnRate}. */
  get rate(): number | undefined {
    return this.#rate;
  }

  /** Whether the rate is unknown and would change the limits. */
  get needsRate(): boolean {
    return this.#isRateWanted && this.#rate === undefined;
  }

  /** Takes a measured rate, in FLOP per ms: a fast GPU gets larger dispatches from now on. */
  learnRate(rate: number): void {
    this.#rate = rate;
    if (!this.#isRateWanted) return;
    this.#limits = {
      ...this.#limits,
      dispatchFlops: bearableFlops(rate),
      busyWorkgroups: busyWorkgroups(rate),
    };
  }

  /** Remembers the first failure. */
  fail(message: string): void {
    this.#failure ??= new DeviceError(message);
  }

  /** Throws {@linkcode DeviceError} if anything has failed since the device was opened. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  /** {@linkcode check} after a turn of the event loop, in which pending errors arrive. */
  async checkLater(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.check();
  }

  /**
   * Gives the device back once the GPU is idle: where Mesa computes on the processor, a process
   * that ends while work is left may crash. In Deno the question itself waits for the answer.
   */
  close(): void {
    this.#closed = true;
    this.device.queue.onSubmittedWorkDone().catch(() => {});
    this.device.destroy();
  }
}

/** Rounds down to the alignment, so that aligned offsets stay aligned in every buffer. */
function bufferBytesOf(most: number): number {
  return Math.floor(Math.min(most, MOST_BYTES) / OFFSET_ALIGNMENT) * OFFSET_ALIGNMENT;
}

/** Deno gives the device up when 99 % of the memory that the driver grants are in use. */
function lostWords(message: string): Sentence {
  const lost = sentence`the GPU was lost: ${message}`;
  if (!/memory/i.test(message)) return lost;
  return sentence`${lost}; its memory is full, with what other programs use: close those that use
    the GPU, or give a smaller ${setting("batch")}`;
}

/** The first lines of a driver's message as one. */
export function firstLines(message: string): string {
  return message.trim().split("\n").map((line) => line.trim()).filter(Boolean).slice(0, 3).join(
    "; ",
  );
}
