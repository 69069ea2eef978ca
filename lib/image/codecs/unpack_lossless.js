// Lossless JPEG (ITU-T T.81, annex H). Part of the worker's text (unpackers.ts).
import { BadCode, Bits, codesOf } from "./jpeg_scans.js";

/**
 * A scan: the indices of its components, how samples are predicted, by how many bits they were
 * shifted, and after how many units there is a restart marker (0: never). Its bytes lie from
 * `start` to `end`.
 *
 * @typedef {{
 *   readonly start: number,
 *   readonly end: number,
 *   readonly components: readonly number[],
 *   readonly predictor: number,
 *   readonly shift: number,
 *   readonly restart: number,
 * }} LosslessScan
 */

/**
 * A lossless JPEG file. `tables` has the Huffman table of each component: 16 counts of codes by
 * length, then the symbols.
 *
 * @typedef {{
 *   readonly kind: "lossless",
 *   readonly data: Uint8Array,
 *   readonly width: number,
 *   readonly height: number,
 *   readonly bits: number,
 *   readonly tables: readonly Uint8Array[],
 *   readonly scans: readonly LosslessScan[],
 * }} LosslessWork
 */

/**
 * The samples `[height, width, components]`: bytes, or for more than 8 bits two bytes, the lower
 * one first. A string, the rest of a sentence, when the file ends early; `undefined` when it is
 * damaged.
 *
 * @param {LosslessWork} work
 * @returns {Uint8Array<ArrayBuffer> | string | undefined}
 */
export function unpackLossless(work) {
  const { width, height, tables, bits, scans } = work;
  const samples = new Uint16Array(width * height * tables.length);
  try {
    for (const scan of scans) {
      const unit = unpackScan(work, scan, samples);
      if (unit !== undefined) {
        const part = Math.floor(100 * unit / (width * height));
        return `is cut off: its lossless JPEG data ends after ${part} % of the image; copy it again.`;
      }
    }
  } catch (error) {
    if (!(error instanceof BadCode)) throw error;
    return undefined;
  }
  if (bits <= 8) return Uint8Array.from(samples);
  const bytes = new Uint8Array(2 * samples.length);
  for (let i = 0; i < samples.length; i++) {
    bytes[2 * i] = samples[i];
    bytes[2 * i + 1] = samples[i] >> 8;
  }
  return bytes;
}

/**
 * Unpacks a scan. Returns the number of whole pixels where the data ends early.
 *
 * @param {LosslessWork} work
 * @param {LosslessScan} scan
 * @param {Uint16Array} samples
 */
function unpackScan({ data, width, height, bits, tables }, scan, samples) {
  const { components, predictor, shift, restart } = scan;
  const reader = new Bits(data, scan.start, scan.end);
  const codes = components.map((component) => codesOf(tables[component]));
  const across = tables.length, down = width * across;
  const middle = 1 << bits - shift - 1;
  // The row behind a restart, which is at the beginning of a row, is predicted as the first one.
  let left = restart, first = 0;
  for (let y = 0, pixel = 0; y < height; y++) {
    for (let x = 0; x < width; x++, pixel++, left--) {
      if (restart > 0 && left === 0) {
        if (!reader.restart((pixel / restart - 1) % 8)) return pixel;
        left = restart;
        first = y;
      }
      for (let i = 0; i < components.length; i++) {
        const at = pixel * across + components[i];
        const predicted = y === first
          ? x === 0 ? middle : samples[at - across]
          : x === 0
          ? samples[at - down]
          : predict(
            predictor,
            samples[at - across],
            samples[at - down],
            samples[at - down - across],
          );
        samples[at] = predicted + difference(reader, codes[i]);
      }
    }
    if (reader.isShort) return pixel - width;
  }
  // The bits that were shifted away come back as zeros.
  if (shift > 0) {
    for (let pixel = 0; pixel < width * height; pixel++) {
      for (const component of components) samples[pixel * across + component] <<= shift;
    }
  }
  return undefined;
}

/**
 * Table H.1: the sample left of the predicted one, the one above it, and the one between them.
 *
 * @param {number} predictor
 * @param {number} a
 * @param {number} b
 * @param {number} c
 */
function predict(predictor, a, b, c) {
  switch (predictor) {
    case 1:
      return a;
    case 2:
      return b;
    case 3:
      return c;
    case 4:
      return a + b - c;
    case 5:
      return a + (b - c >> 1);
    case 6:
      return b + (a - c >> 1);
    default:
      return a + b >> 1;
  }
}

/**
 * A coded difference.
 *
 * @param {Bits} bits
 * @param {ReturnType<typeof codesOf>} codes
 */
function difference(bits, codes) {
  const size = bits.symbol(codes);
  if (size === 0) return 0;
  if (size > 16) throw new BadCode();
  if (size === 16) return 32768;
  const code = bits.take(size);
  return code >= 1 << size - 1 ? code : code - (1 << size) + 1;
}
