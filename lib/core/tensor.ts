/**
 * Tensors outside an engine: row-major, in PyTorch's order of axes.
 *
 * @module
 */

/** The element types that Sonoseg computes with or stores. */
export type TensorData = Float32Array | Float64Array | Uint8Array | Int32Array | BigInt64Array;

/** A row-major array. Images are `[n, c, h, w]`, weights as in PyTorch's state_dict. */
export interface Tensor<Data extends TensorData = TensorData> {
  /** The extent of each axis; `[]` for a scalar. */
  readonly shape: readonly number[];
  /** `elementCount(shape)` values. */
  readonly data: Data;
}

/** Tensors by name. */
export type Tensors<Data extends TensorData = TensorData> = Record<string, Tensor<Data>>;

/** The number of elements of a shape: the product of its extents, 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
