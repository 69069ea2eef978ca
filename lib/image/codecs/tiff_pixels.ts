/**
 * From the unpacked strips or tiles of a TIFF file to channels: differences, byte order, bits,
 * planes, palettes.
 *
 * @module
 */
import { paletteImage, spreadSamples, wideImage, wideSamples } from "./samples.ts";
import type { TiffLayout } from "./tiff_header.ts";
import { addDifferences, wholeNumbers } from "./tiff_numbers.ts";
import type { TiffPart } from "./tiff_parts.ts";
import type { Pixels } from "./unpackers.ts";

/** Samples `[height, width, samples]`. */
type Samples = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;

/**
 * The channels of an image.
 *
 * @param unpacked The parts of the layout, one after the other; they are changed.
 * @param name How to call the file in an error.
 */
export function tiffPixels(
  unpacked: Uint8Array<ArrayBuffer>,
  layout: TiffLayout,
  name: string,
): Pixels {
  const samples = samplesOf(unpacked, layout, name);
  const { palette, inverted, premultiplied } = layout;
  if (palette) {
    const indices = new Uint8Array(withoutOthers(samples, layout.samples, 1));
    return paletteImage(indices, palette, name);
  }
  const channels = withoutOthers(samples, layout.samples, layout.channels);
  const most = samples instanceof Uint8Array ? 255 : 2 ** layout.bitDepth - 1;
  if (inverted) invert(channels, layout, most);
  if (premultiplied) divideByAlpha(channels, layout.channels, most);
  return channels instanceof Uint8Array ? { pixels: channels } : wideImage(channels);
}

/** All samples in the order of the pixels. Samples of 1, 2 and 4 bits are scaled to 0 to 255. */
function samplesOf(
  unpacked: Uint8Array<ArrayBuffer>,
  layout: TiffLayout,
  name: string,
): Samples {
  const { width, height, samples, bitDepth, wide, planar, palette, parts } = layout;
  const length = width * height * samples;
  const all = wide ? new Uint16Array(length) : new Uint8Array(length);
  const perPixel = planar ? 1 : samples;
  const scale = palette || bitDepth > 8 ? 1 : 255 / (2 ** bitDepth - 1);
  let from = 0;
  for (const part of parts) {
    const bytes = unpacked.subarray(from, from += part.size);
    const values = layout.numbers
      ? wholeNumbers(bytes, part, layout, perPixel, name)
      : valuesOf(bytes, part, layout, perPixel, scale);
    const partRow = part.width * perPixel;
    const used = Math.min(part.width, width - part.x) * perPixel;
    const rows = Math.min(part.height, height - part.y);
    for (let y = 0; y < rows; y++) {
      const row = values.subarray(y * partRow, y * partRow + used);
      const to = ((part.y + y) * width + part.x) * samples + part.plane;
      if (!planar) all.set(row, to);
      else for (let x = 0; x < used; x++) all[to + x * samples] = row[x];
    }
  }
  return all;
}

/** The values of a part, `[height, width, perPixel]`. */
function valuesOf(
  bytes: Uint8Array<ArrayBuffer>,
  { width, height }: TiffPart,
  { bitDepth, littleEndian, predictor }: TiffLayout,
  perPixel: number,
  scale: number,
): Samples {
  if (bitDepth < 8) {
    const stride = bytes.length / height;
    return spreadSamples(bytes, { width, height, stride, bits: bitDepth, scale });
  }
  if (bitDepth === 12) return samplesOf12Bits(bytes, width * perPixel, height);
  const values = bitDepth === 16 ? wideSamples(bytes, littleEndian) : bytes;
  if (predictor === "differences") addDifferences(values, width * perPixel, perPixel);
  return values;
}

/** Samples of 12 bits: two of them in three bytes, high bits first, in any byte order. */
function samplesOf12Bits(bytes: Uint8Array, rowLength: number, rows: number): Samples {
  const stride = bytes.length / rows;
  const values = new Uint16Array(rows * rowLength);
  for (let y = 0, to = 0; y < rows; y++) {
    for (let i = 0; i < rowLength; i++) {
      const at = y * stride + Math.floor(1.5 * i);
      values[to++] = i % 2 === 0
        ? bytes[at] << 4 | bytes[at + 1] >> 4
        : (bytes[at] & 15) << 8 | bytes[at + 1];
    }
  }
  return values;
}

/** Only the first `channels` of `samples`. */
function withoutOthers(all: Samples, samples: number, channels: number): Samples {
  if (samples === channels) return all;
  const kept = all.slice(0, all.length / samples * channels);
  for (let from = 0, to = 0; from < all.length; from += samples, to += channels) {
    for (let k = 0; k < channels; k++) kept[to + k] = all[from + k];
  }
  return kept;
}

/** Turns grey where 0 is white; alpha, the second channel, stays. */
function invert(values: Samples, { channels }: TiffLayout, most: number): void {
  for (let i = 0; i < values.length; i += channels) values[i] = most - values[i];
}

/** Undoes the multiplication by alpha, the last channel. Without any alpha a pixel is black. */
function divideByAlpha(values: Samples, channels: number, most: number): void {
  for (let i = 0; i < values.length; i += channels) {
    const alpha = values[i + channels - 1];
    if (alpha === most) continue;
    for (let k = i; k < i + channels - 1; k++) {
      values[k] = alpha === 0 ? 0 : Math.min(most, Math.floor(values[k] * most / alpha));
    }
  }
}
