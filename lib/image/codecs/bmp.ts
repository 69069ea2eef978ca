/**
 * BMP decoding: header (bmp_header.ts), run lengths (unpack_runs.js), rows to channels.
 *
 * This is own code because it is small, and because a header's claims must be checked before memory
 * is allocated for them.
 *
 * @module
 */
import { type ImageCodec, notUnpacked } from "./codec.ts";
import { type BmpLayout, isBmp, readBmpLayout } from "./bmp_header.ts";
import { paletteImage, spreadSamples } from "./samples.ts";
import type { Packed } from "./unpackers.ts";

/** BMP of Windows and OS/2, plain and packed with RLE. */
export const BMP: ImageCodec<BmpLayout> = {
  name: "bmp",
  title: "BMP",
  sniff: isBmp,
  readHeader: readBmpLayout,
  open(bytes, layout, name): Packed {
    return {
      work: workOf(bytes, layout),
      refusal: notUnpacked("BMP", layout),
      finish(unpacked) {
        if (layout.palette === undefined) {
          return { pixels: fromTop(coloursOf(unpacked, layout), layout) };
        }
        return paletteImage(fromTop(indicesOf(unpacked, layout), layout), layout.palette, name);
      },
    };
  },
};

function workOf(bytes: Uint8Array, layout: BmpLayout): Packed["work"] {
  const { width, height, at, stride, packing, bitsPerPixel } = layout;
  if (packing === "rle") {
    const bits = bitsPerPixel === 4 ? 4 : 8;
    return { kind: "rle", data: bytes.subarray(at), width, height, bits };
  }
  const size = Math.min(stride * height, bytes.length - at);
  const strips = [{ at, length: size, size, most: size }];
  return { kind: "strips", data: bytes, strips, compression: "none", mirrored: false };
}

/** Palette indices in the order of the file's rows. */
function indicesOf(rows: Uint8Array, layout: BmpLayout): Uint8Array {
  const { width, height, packing, bitsPerPixel, stride } = layout;
  if (packing === "rle") return rows;
  return bitsPerPixel < 8
    ? spreadSamples(rows, { width, height, stride, bits: bitsPerPixel, scale: 1 })
    : withoutPadding(rows, stride, width, height);
}

/** Channels in the order of the file's rows. */
function coloursOf(rows: Uint8Array, layout: BmpLayout): Uint8Array {
  const { width, height, bitsPerPixel, stride, masks, channels } = layout;
  const bytes = bitsPerPixel / 8;
  const parts = masks.map((mask) => {
    const low = mask & -mask;
    const shift = 31 - Math.clz32(low);
    const most = mask >>> shift;
    return { mask, shift, most };
  });
  const pixels = new Uint8Array(width * height * channels);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0, at = y * stride; x < width; x++, at += bytes) {
      let pixel = 0;
      for (let k = bytes - 1; k >= 0; k--) pixel = pixel << 8 | rows[at + k];
      for (const { mask, shift, most } of parts) {
        const value = (pixel & mask) >>> shift;
        pixels[to++] = most === 255 ? value : Math.floor(value * 255 / most);
      }
    }
  }
  return pixels;
}

function withoutPadding(
  rows: Uint8Array,
  stride: number,
  width: number,
  height: number,
): Uint8Array {
  if (stride === width) return rows;
  const kept = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    kept.set(rows.subarray(y * stride, y * stride + width), y * width);
  }
  return kept;
}

/** The rows from the top; most files begin with the lowest. */
function fromTop(pixels: Uint8Array, { topDown, height }: BmpLayout): Uint8Array {
  if (topDown) return pixels;
  const rowBytes = pixels.length / height;
  const turned = new Uint8Array(pixels.length);
  for (let y = 0; y < height; y++) {
    turned.set(pixels.subarray(y * rowBytes, (y + 1) * rowBytes), (height - 1 - y) * rowBytes);
  }
  return turned;
}
