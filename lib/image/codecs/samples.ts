/**
 * Samples of less and of more than 8 bits, and the colours of palette indices.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { upperOf } from "../depth.ts";
import type { Pixels } from "./unpackers.ts";

/**
 * An image of palette indices, with red, green and blue of each.
 *
 * @param palette RGB triples.
 * @param name How to call the file in an error.
 * @throws {InputError} when an index has no colour.
 */
export function paletteImage(
  indices: Uint8Array,
  palette: Uint8Array | undefined,
  name: string,
): Pixels {
  const colours = (palette?.length ?? 0) / 3;
  const rgb = new Uint8Array(3 * indices.length);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i];
    if (!palette || index >= colours) {
      throw new InputError(
        `${name} is damaged: a pixel has colour ${index} of a palette with ${colours} colours.`,
      );
    }
    rgb[3 * i] = palette[3 * index];
    rgb[3 * i + 1] = palette[3 * index + 1];
    rgb[3 * i + 2] = palette[3 * index + 2];
  }
  return { pixels: rgb, palette, indices };
}

/** Rows of samples of less than 8 bits. */
export interface SmallSamples {
  /** Samples of a row. */
  readonly width: number;
  readonly height: number;
  /** Bytes from one row to the next. */
  readonly stride: number;
  /** Bits of a sample: 1, 2 or 4. High bits come first. */
  readonly bits: number;
  /** The factor for each sample. */
  readonly scale: number;
}

/** One byte for each sample, `[height, width]`. */
export function spreadSamples(
  rows: Uint8Array,
  { width, height, stride, bits, scale }: SmallSamples,
): Uint8Array<ArrayBuffer> {
  const perByte = 8 / bits;
  const mask = 2 ** bits - 1;
  const samplesOf = Uint8Array.from(
    { length: 256 * perByte },
    (_, i) => (Math.floor(i / perByte) >> (8 - bits - i % perByte * bits) & mask) * scale,
  );
  const values = new Uint8Array(width * height);
  for (let y = 0, to = 0; y < height; y++) {
    const end = to + width;
    for (let at = y * stride; to < end; at++) {
      const first = rows[at] * perByte;
      for (let k = 0; k < perByte && to < end; k++) values[to++] = samplesOf[first + k];
    }
  }
  return values;
}

/**
 * Samples of 16 bits.
 *
 * @param target Their place; by default a new one. It may be that of the bytes.
 */
export function wideSamples(
  bytes: Uint8Array,
  littleEndian: boolean,
  target: Uint16Array<ArrayBuffer> = new Uint16Array(bytes.length / 2),
): Uint16Array<ArrayBuffer> {
  const high = littleEndian ? 1 : 0;
  for (let i = 0; i < target.length; i++) {
    target[i] = bytes[2 * i + high] << 8 | bytes[2 * i + 1 - high];
  }
  return target;
}

/** An image of 16-bit samples, with the upper 8 bits of each. */
export function wideImage(wide: Uint16Array): { pixels: Uint8Array; wide: Uint16Array } {
  return { pixels: upperOf(wide, 16), wide };
}
