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
  /** Selects a variant of a kernel for a shape. */
  readonly variantOf?: VariantChooser;
  /** Whether kernels with workgroup memory are preferred: on GPUs, not in software. */
  readonly tiled: boolean;
}

/** The preferred one of the variants that fit a shape; undefined for the default. */
export type VariantChooser = (shape: string, fitting: readonly string[]) => string | undefined;
