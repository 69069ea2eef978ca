/** The GPU engine. @module */
import { BackendEngine } from "../backend_engine.ts";
import type { Engine } from "../engine.ts";
import { Gpu, gpuAdapterOf, noAdapter } from "./adapter.ts";
import { GpuBackend } from "./backend.ts";
import { type GpuLimits } from "./limits.ts";
import type { TuningOptions } from "./tuning.ts";

/** Options of {@linkcode createGpuEngine}. */
export interface GpuOptions {
  /** The adapter; by default the one that the platform prefers. */
  readonly adapter?: GPUAdapter;
  /**
   * The most memory to use, in bytes. Default: no bound, since WebGPU does not report a GPU's
   * memory; 4 GiB on software adapters, which use the processor's memory.
   */
  readonly gpuMemory?: number;
  /**
   * Where given, variants of kernels are measured on this adapter before their first use, and the
   * fastest are stored.
   */
  readonly tuning?: TuningOptions | undefined;
  /** Limits below the adapter's own, for tests. */
  readonly limits?: Partial<GpuLimits>;
}

/**
 * Makes the GPU engine.
 *
 * @throws {DeviceError} when there is no adapter or it cannot be opened.
 */
export async function createGpuEngine(options: GpuOptions = {}): Promise<Engine> {
  const adapter = options.adapter ?? await gpuAdapterOf();
  if (!adapter) throw noAdapter();
  const gpu = await Gpu.open(adapter, options.limits);
  const memoryLimit = options.gpuMemory ?? (gpu.software ? 2 ** 32 : Infinity);
  return new BackendEngine(new GpuBackend(gpu, memoryLimit, options.tuning));
}
