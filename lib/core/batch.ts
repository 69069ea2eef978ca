/**
 * The input of a network, and the pixel counts that measure its output.
 *
 * @module
 */

/** Grey bytes, or the floats of a plan whose input is a `plane` (see plan.ts). */
export type Pixels = Uint8Array | Float32Array;

/** Values of masks: from 0 to 1, or bytes, each of which stands for as many 255ths. */
export type MaskValues = Float32Array | Uint8Array;

/** Images and their masks, ready for the network. */
export interface Batch<
  Images extends Pixels = Uint8Array,
  Masks extends MaskValues = Float32Array,
> {
  /** The number of images. */
  readonly n: number;
  readonly height: number;
  readonly width: number;
  /** Grey bytes `[n, height, width]`, or floats `[n, c, height, width]`. */
  readonly images: Images;
  /** Mask values `[n, 1, height, width]`; soft edges are kept. */
  readonly masks: Masks;
}

/** A batch of grey bytes whose masks are bytes where these hold them to the bit. */
export type CompactBatch = Batch<Uint8Array, MaskValues>;

/** Bytes as float32: byte * float32(1 / 255), as torchvision's v2.ToDtype(scale=True). */
export const UNIT_OF_BYTE: Readonly<Float32Array<ArrayBuffer>> = Float32Array.from(
  { length: 256 },
  (_, byte) => byte * Math.fround(1 / 255),
);

/** Mask values from 0 to 1; copied only if they are bytes. */
export function maskFloats(masks: MaskValues): Float32Array {
  if (masks instanceof Float32Array) return masks;
  return Float32Array.from(masks, (byte) => UNIT_OF_BYTE[byte]);
}

/** Images and masks as they were loaded, with what a device changes in them before a step. */
export interface RawBatch extends Pick<Batch, "n" | "height" | "width"> {
  /** Grey bytes `[n, height, width]`. */
  readonly images: Uint8Array;
  /** Mask bytes `[n, height, width]`. */
  readonly masks: Uint8Array;
  /** A record for each image (dataset/augment/record.ts). */
  readonly changes: Int32Array;
}

/** Pixels of one image: predicted and true, predicted, true. */
export interface OverlapCounts {
  readonly intersection: number;
  readonly predicted: number;
  readonly truth: number;
}
