/**
 * WebP decoding with libwebp as WebAssembly, of the package @cwasm/webp. The package's entry point
 * reads a file at run time. The module alone needs no permission, and unpack_webp.js calls it.
 *
 * Of an animation the first frame is read, placed on its canvas; pixels beside it are black and
 * transparent.
 *
 * @module
 */
import wasm from "@cwasm/webp/webp.wasm" with { type: "bytes" };
import { type ImageCodec, notUnpacked } from "./codec.ts";
import { exifOfWebp } from "./exif.ts";
import type { Packed } from "./unpackers.ts";
import { isWebp, readWebpLayout, type WebpLayout } from "./webp_header.ts";

let compiled: WebAssembly.Module | undefined;

/** WebP, lossy and lossless, with and without alpha. */
export const WEBP: ImageCodec<WebpLayout> = {
  name: "webp",
  title: "WebP",
  sniff: isWebp,
  readHeader: readWebpLayout,
  exif: exifOfWebp,
  open(_bytes, header): Packed {
    const { frame, data, channels } = header;
    const { width, height } = frame;
    return {
      work: {
        kind: "webp",
        data,
        width,
        height,
        module: compiled ??= new WebAssembly.Module(wasm),
      },
      refusal: notUnpacked("WebP", frame),
      finish(rgba) {
        if (channels === 4 && width === header.width && height === header.height) {
          return { pixels: rgba };
        }
        const pixels = new Uint8Array(header.width * header.height * channels);
        for (let y = 0, from = 0; y < height; y++) {
          let to = ((frame.y + y) * header.width + frame.x) * channels;
          for (let x = 0; x < width; x++, from += 4, to += channels) {
            for (let k = 0; k < channels; k++) pixels[to + k] = rgba[from + k];
          }
        }
        return { pixels };
      },
    };
  },
};
