/**
 * What bounds the work that is handed to an adapter.
 *
 * @module
 */

/** What an engine may use of its adapter. */
export interface GpuLimits {
  /** The largest range of a buffer that one binding may show to a kernel, in bytes. */
  readonly bindingBytes: number;
  /** The largest buffer, in bytes. */
  readonly bufferBytes: number;
  /** The most workgroups along one dimension of a dispatch. */
  readonly workgroups: number;
  /** The most arithmetic in one dispatch, in FLOP: what takes longer is cut into slabs. */
  readonly dispatchFlops: number;
  /** The most invocations of a workgroup, and its memory in bytes. */
  readonly groupSize: number;
  readonly groupBytes: number;
  /** Prefers one of the variants of a kernel that fit a shape. */
  readonly variantOf?: VariantChooser;
  /**
   * Whether kernels that go through workgroup memory are the faster ones: not where it is plain
   * memory.
   */
  readonly tiled: boolean;
}

/** Tells which of the variants that fit a shape runs, if one is preferred. */
export type VariantChooser = (shape: string, fitting: readonly string[]) => string | undefined;
