/**
 * PNG decoding: chunks, inflate (unpack.js), the row filters (kernels_as/unfilter.ts), samples to
 * bytes, Adam7.
 *
 * This is own code because two packages fall short. The WebAssembly decoder of imagescript refuses
 * some valid deflate streams, such as those of fast-png, and takes twice as long. fast-png inflates
 * any amount that a small file claims. Here the header's size bounds the inflated data exactly.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { withPixelMemory } from "../pixel_memory.ts";
import { type ImageCodec, startsWith } from "./codec.ts";
import type { ImageHeader } from "./header.ts";
import { exifOfPng } from "./exif.ts";
import { readPixelChunks } from "./png_chunks.ts";
import { PNG_SIGNATURE, readPngHeader } from "./png_header.ts";
import { paletteImage, spreadSamples, wideImage, wideSamples } from "./samples.ts";
import type { Packed } from "./unpackers.ts";

/** The pixels of one pass: the whole image, or one of Adam7's seven grids. */
interface Pass {
  readonly x: number;
  readonly y: number;
  readonly stepX: number;
  readonly stepY: number;
}

const WHOLE: readonly Pass[] = [{ x: 0, y: 0, stepX: 1, stepY: 1 }];
const ADAM7: readonly Pass[] = [
  { x: 0, y: 0, stepX: 8, stepY: 8 },
  { x: 4, y: 0, stepX: 8, stepY: 8 },
  { x: 0, y: 4, stepX: 4, stepY: 8 },
  { x: 2, y: 0, stepX: 4, stepY: 4 },
  { x: 0, y: 2, stepX: 2, stepY: 4 },
  { x: 1, y: 0, stepX: 2, stepY: 2 },
  { x: 0, y: 1, stepX: 1, stepY: 2 },
];

/** Rows are unfiltered in pieces of about this size, which stay in the second-level cache. */
const PIECE_BYTES = 256 * 1024;

/** Bytes that the kernel may touch behind the last row. */
const SLACK_BYTES = 8;

/** PNG, of all bit depths and colour types. */
export const PNG: ImageCodec = {
  name: "png",
  title: "PNG",
  sniff: (bytes) => startsWith(bytes, PNG_SIGNATURE),
  readHeader: readPngHeader,
  exif: exifOfPng,
  open: openPng,
};

/**
 * Opens a PNG file and checks its chunks.
 *
 * @param bytes The whole file.
 * @param header The result of {@linkcode readPngHeader}.
 * @param name How to call the file in an error.
 * @returns The work for a worker, and the function that turns its result into values
 *   `[height, width, header.channels]`. Samples of 1, 2 and 4 bits are scaled to 0 to 255. Of 16
 *   bits the upper 8 are kept beside all. Palette indices become RGB. Both throw `InputError` for a
 *   file that is cut off or damaged.
 */
function openPng(bytes: Uint8Array, header: ImageHeader, name: string): Packed {
  const { data, palette } = readPixelChunks(bytes, name);
  const passes = (header.interlaced ? ADAM7 : WHOLE)
    .map((pass) => ({ ...pass, ...passSize(pass, header) }))
    .filter(({ width, height }) => width > 0 && height > 0);
  const bytesOf = ({ width, height }: { width: number; height: number }) =>
    height * (1 + Math.ceil(width * samplesPerPixel(header) * header.bitDepth / 8));
  const size = passes.reduce((sum, pass) => sum + bytesOf(pass), 0);

  const finish = (inflated: Uint8Array) => {
    let at = 0;
    const rowsOf = (pass: (typeof passes)[number]) =>
      unfilter(inflated.subarray(at, at += bytesOf(pass)), pass.height, header, name);
    if (header.bitDepth === 16) {
      return wideImage(gathered(passes, (pass) => inPlace(rowsOf(pass)), Uint16Array, header));
    }
    const samples = gathered(
      passes,
      (pass) => toBytes(rowsOf(pass), pass, header),
      Uint8Array,
      header,
    );
    return header.colours === "palette"
      ? paletteImage(samples, palette, name)
      : { pixels: samples };
  };
  return {
    work: { kind: "zlib", data, size },
    refusal:
      `is damaged: its PNG data does not unpack to the ${size} bytes of its header's size; copy ` +
      `it again.`,
    finish,
  };
}

function passSize({ x, y, stepX, stepY }: Pass, { width, height }: ImageHeader) {
  return { width: Math.ceil((width - x) / stepX), height: Math.ceil((height - y) / stepY) };
}

function samplesPerPixel(header: ImageHeader): number {
  return header.colours === "palette" ? 1 : header.channels;
}

/** Undoes the filters of `rows` rows and removes the filter bytes. */
function unfilter(
  filtered: Uint8Array,
  rows: number,
  header: ImageHeader,
  name: string,
): Uint8Array<ArrayBuffer> {
  const stride = filtered.length / rows;
  const rowBytes = stride - 1;
  const pixelBytes = Math.ceil(samplesPerPixel(header) * header.bitDepth / 8);
  const pieceRows = Math.min(rows, Math.max(1, Math.floor(PIECE_BYTES / stride)));
  const target = (pieceRows + 1) * stride;
  const result = new Uint8Array(rows * rowBytes);
  withPixelMemory(target + pieceRows * rowBytes + SLACK_BYTES, ({ kernels, bytes }) => {
    const above = target - rowBytes;
    bytes.fill(0, above, target);
    for (let first = 0; first < rows; first += pieceRows) {
      const count = Math.min(pieceRows, rows - first);
      bytes.set(filtered.subarray(first * stride, (first + count) * stride));
      const done = kernels.unfilterRows({ source: 0, target, rowBytes, rows: count, pixelBytes });
      if (done < count) {
        throw new InputError(
          `${name} is damaged: row ${first + done} of its PNG data has filter ` +
            `${bytes[done * stride]}, the last one is 4.`,
        );
      }
      const end = target + count * rowBytes;
      result.set(bytes.subarray(target, end), first * rowBytes);
      bytes.copyWithin(above, end - rowBytes, end);
    }
  });
  return result;
}

/** Samples of at most 8 bits as bytes: palette indices as they are, others from 0 to 255. */
function toBytes(
  rows: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
  { bitDepth, colours }: ImageHeader,
): Uint8Array {
  if (bitDepth === 8) return rows;
  const scale = colours === "palette" ? 1 : 255 / (2 ** bitDepth - 1);
  const stride = rows.length / height;
  return spreadSamples(rows, { width, height, stride, bits: bitDepth, scale });
}

/** Samples of 16 bits in the place of their rows. */
function inPlace(rows: Uint8Array<ArrayBuffer>): Uint16Array {
  const place = new Uint16Array(rows.buffer, rows.byteOffset, rows.length / 2);
  return wideSamples(rows, false, place);
}

/** The image of the samples of all passes. */
function gathered<Samples extends Uint8Array | Uint16Array, OnePass extends Pass>(
  passes: readonly OnePass[],
  samplesOf: (pass: OnePass) => Samples,
  kind: new (length: number) => Samples,
  header: ImageHeader,
): Samples {
  if (!header.interlaced) return samplesOf(passes[0]);
  const image = new kind(header.width * header.height * samplesPerPixel(header));
  for (const pass of passes) scatter(samplesOf(pass), pass, image, header);
  return image;
}

/** Writes the samples of a pass to their places in the image. */
function scatter<Samples extends Uint8Array | Uint16Array>(
  pixels: Samples,
  pass: Pass,
  image: Samples,
  header: ImageHeader,
): void {
  const samples = samplesPerPixel(header);
  let from = 0;
  for (let y = pass.y; y < header.height; y += pass.stepY) {
    for (let x = pass.x; x < header.width; x += pass.stepX) {
      const to = (y * header.width + x) * samples;
      for (let k = 0; k < samples; k++) image[to + k] = pixels[from++];
    }
  }
}
