/**
 * JPEG decoding: baseline and progressive files, grey, colour and CMYK.
 *
 * libjpeg-turbo as WebAssembly gives the very pixels of Pillow, which uses it, too. It refuses ink
 * and rare samplings of colour. These go through the WebAssembly decoder of the package
 * imagescript, whose pixels differ by a few levels at most. Neither module needs a permission; the
 * entry points of the packages would.
 *
 * What the decoders would read wrongly is put right before (jpeg_file.ts). A file that ends early
 * is refused (jpeg_scans.js): they would fill it up with grey. Wrong bits inside a scan mostly go
 * unnoticed, because JPEG has no checksum.
 *
 * @module
 */
import turboWasm from "@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm" with { type: "bytes" };
import script from "@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs" with { type: "text" };
import imagescriptWasm from "imagescript/wasm/any/jpeg.wasm" with { type: "bytes" };
import { type ImageCodec, startsWith } from "./codec.ts";
import { exifOfJpeg } from "./exif.ts";
import type { ImageHeader } from "./header.ts";
import { readJpegFile } from "./jpeg_file.ts";
import { readJpegHeader } from "./jpeg_header.ts";
import { JPEG_SIGNATURE } from "./jpeg_segments.ts";
import type { JpegWork } from "./unpack_jpeg.js";
import type { Packed } from "./unpackers.ts";

let compiled: Pick<JpegWork, "turbo" | "imagescript"> | undefined;

/** The decoders, compiled for the first file. */
export function jpegDecoders(): Pick<JpegWork, "turbo" | "imagescript"> {
  return compiled ??= {
    turbo: {
      module: new WebAssembly.Module(turboWasm),
      script,
      factory: "libjpegturbowasm_decode",
      decoder: "JPEGDecoder",
    },
    imagescript: new WebAssembly.Module(imagescriptWasm),
  };
}

/** JPEG, baseline and progressive. */
export const JPEG: ImageCodec = {
  name: "jpeg",
  title: "JPEG",
  sniff: (bytes) => startsWith(bytes, JPEG_SIGNATURE),
  readHeader: readJpegHeader,
  exif: exifOfJpeg,
  open: openJpeg,
};

/**
 * Opens a JPEG file.
 *
 * @param bytes The whole file.
 * @param header The result of {@linkcode readJpegHeader}.
 * @param name How to call the file in an error.
 * @returns The work for a worker, and the function that turns its result into 8-bit values
 *   `[height, width, header.channels]`, grey or RGB.
 * @throws {InputError} for a file that is cut off or damaged.
 */
function openJpeg(bytes: Uint8Array, header: ImageHeader, name: string): Packed {
  const { width, height, colours } = header;
  const channels = colours === "cmyk" ? 4 : header.channels;
  const { data, scans, coefficients } = readJpegFile(bytes, name);
  return {
    work: { kind: "jpeg", data, scans, width, height, channels, ...jpegDecoders() },
    effort: coefficients,
    refusal:
      `cannot be read: the JPEG decoder refuses its data for ${width} x ${height} px, because it ` +
      `is damaged or of a rare kind; copy it again, or save it as PNG.`,
    finish: (pixels) => ({ pixels: colours === "cmyk" ? rgbFromCmyk(pixels) : pixels }),
  };
}

/** RGB from CMYK as Pillow converts it: a colour is white minus its ink and the black. */
function rgbFromCmyk(cmyk: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(cmyk.length / 4 * 3);
  for (let from = 0, to = 0; from < cmyk.length; from += 4, to += 3) {
    const white = 255 - cmyk[from + 3];
    for (let i = 0; i < 3; i++) rgb[to + i] = white - Math.round(cmyk[from + i] * white / 255);
  }
  return rgb;
}
