/**
 * Limits of the work that an adapter receives.
 *
 * @module
 */

/** Limits that the engine keeps on its adapter. */
export interface GpuLimits {
  /** The largest binding, in bytes. */
  readonly bindingBytes: number;
  /** The largest buffer, in bytes. */
  readonly bufferBytes: number;
  /** The most workgroups along one dimension of a dispatch. */
  readonly workgroups: number;
  /** The most arithmetic in one dispatch, in FLOP; longer work is cut into slabs. */
  readonly dispatchFlops: number;
  /** The most invocations of a workgroup, and the most workgroup memory in bytes. */
  readonly groupSize: number;
  readonly groupBytes: number;
  /**
   * Workgroups of a dispatch that keep the adapter busy; by default any number does. Where a
   * variant of a kernel has fewer, one with smaller workgroups takes its place.
   */
  readonly busyWorkgroups?: number;
  /** Selects a variant of a kernel for a family of shapes. */
  readonly variantOf?: VariantChooser;
  /** Whether kernels with workgroup memory are preferred: on GPUs, not in software. */
  readonly tiled: boolean;
}

/** The most FLOP of a dispatch before the rate is known: about 50 ms on a slow adapter. */
export const SAFE_FLOPS = { software: 5e8, hardware: 2e10 };

/**
 * The most FLOP of a dispatch, however fast the GPU: no layer of a common network is cut, and the
 * slowest kernels, at a tenth of the measured rate, still end before a driver loses patience (2 s
 * under Windows).
 */
const MOST_FLOPS = 2e12;

/** Time that a dispatch may take. */
const DISPATCH_MS = 100;

/**
 * The most FLOP of a dispatch on a GPU of a measured rate, in FLOP per ms. Slabs follow one
 * another, and each ends with few workgroups: small slabs would leave most of a fast GPU idle.
 */
export function bearableFlops(rate: number): number {
  return Math.min(Math.max(rate * DISPATCH_MS, SAFE_FLOPS.hardware), MOST_FLOPS);
}

/**
 * The workgroups that keep a GPU of a measured rate busy, in FLOP per ms. Nothing tells how many
 * cores it has: the largest have 132, and two workgroups each keep them busy; on others the number
 * falls with the rate.
 */
export function busyWorkgroups(rate: number): number {
  return Math.ceil(264 * bearableFlops(rate) / MOST_FLOPS);
}

/** The preferred one of the variants that fit a family of shapes; undefined for the default. */
export type VariantChooser = (family: string, fitting: readonly string[]) => string | undefined;
