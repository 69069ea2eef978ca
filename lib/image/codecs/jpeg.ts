/**
 * JPEG decoding with the WebAssembly decoder of the package imagescript. The package's entry point
 * loads a native library and needs permissions. The WebAssembly module alone needs none, and
 * unpack.js calls it.
 *
 * It reads baseline and progressive files, grey, colour and CMYK. A file that ends early is
 * refused. Wrong bits inside a scan go unnoticed, because JPEG has no checksum.
 *
 * @module
 */
import wasm from "imagescript/wasm/any/jpeg.wasm" with { type: "bytes" };
import { InputError } from "../../core/errors.ts";
import { type ImageCodec, startsWith } from "./codec.ts";
import type { ImageHeader } from "./header.ts";
import { JPEG_SIGNATURE, readJpegHeader } from "./jpeg_header.ts";
import type { Packed, Unpacked } from "./unpackers.ts";

const module = new WebAssembly.Module(wasm);

/** JPEG, baseline and progressive. */
export const JPEG: ImageCodec = {
  name: "jpeg",
  title: "JPEG",
  endings: ["jpg", "jpeg"],
  sniff: (bytes) => startsWith(bytes, JPEG_SIGNATURE),
  readHeader: readJpegHeader,
  open: openJpeg,
};

/**
 * Opens a JPEG file.
 *
 * @param bytes The whole file.
 * @param header The result of {@linkcode readJpegHeader}.
 * @param name How to call the file in an error.
 * @returns The work for a worker, and the function that turns its result into 8-bit values
 *   `[height, width, header.channels]`, grey or RGB. The function throws `InputError` when the file
 *   is cut off, damaged, or disagrees with its header.
 */
function openJpeg(bytes: Uint8Array, header: ImageHeader, name: string): Packed {
  const { width, height, colours } = header;
  const channels = colours === "cmyk" ? 4 : header.channels;
  const finish = (pixels: Unpacked) => {
    if (!pixels) {
      throw new InputError(
        `${name} is cut off or damaged: its JPEG data for ${width} x ${height} px cannot ` +
          `be unpacked; copy it again.`,
      );
    }
    return colours === "cmyk" ? rgbFromCmyk(pixels) : pixels;
  };
  return { work: { kind: "jpeg", data: bytes, width, height, channels, module }, finish };
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
