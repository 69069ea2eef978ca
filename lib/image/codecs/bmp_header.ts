/**
 * The headers of a BMP file, of Windows and OS/2, checked before anything is unpacked.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { CHANNELS, checkSize, type ImageHeader } from "./header.ts";

/** The file header; its last four bytes say where the pixels begin. */
const FILE_HEADER_BYTES = 14;

/** The oldest header, of OS/2 1.x: sizes of 16 bits, colours of three bytes. */
const CORE_HEADER_BYTES = 12;

/** The lengths of the headers behind the file header. */
const HEADER_BYTES: readonly number[] = [CORE_HEADER_BYTES, 40, 52, 56, 64, 108, 124];

/** The header from which on the masks of red, green and blue are part of it; then also of alpha. */
const MASKS_INSIDE_BYTES = 52, ALPHA_INSIDE_BYTES = 56;

/** The compressions that are read, with the bits per pixel that each may have. */
const COMPRESSIONS: Readonly<Record<number, readonly [BmpPacking, readonly number[]]>> = {
  0: ["plain", [1, 4, 8, 16, 24, 32]],
  1: ["rle", [8]],
  2: ["rle", [4]],
  3: ["plain", [16, 32]],
  6: ["plain", [16, 32]],
};

/** The compressions in which masks say where the colours are in a pixel. */
const MASKED: readonly number[] = [3, 6];

/** Masks of pixels without masks: 15 bits, and bytes in the order blue, green, red. */
const MASKS_15: readonly number[] = [0x7c00, 0x3e0, 0x1f];
const MASKS_BYTES: readonly number[] = [0xff0000, 0xff00, 0xff];

export type BmpPacking = "plain" | "rle";

/** How the pixels of a BMP file lie in it. */
export interface BmpLayout extends ImageHeader {
  readonly packing: BmpPacking;
  readonly bitsPerPixel: number;
  /** Bytes from one row to the next. */
  readonly stride: number;
  readonly topDown: boolean;
  /** Where the pixels begin in the file. */
  readonly at: number;
  /** Red, green and blue of each colour; absent for pixels with their own colours. */
  readonly palette: Uint8Array | undefined;
  /** The bits of red, green, blue, and alpha if there is any, in a pixel without a palette. */
  readonly masks: readonly number[];
}

/** Whether a file begins as BMP files do. Text may begin with the two letters, too. */
export function isBmp(bytes: Uint8Array): boolean {
  return bytes[0] === 0x42 && bytes[1] === 0x4d && bytes.length >= 18 &&
    bytes[15] === 0 && bytes[16] === 0 && bytes[17] === 0;
}

/**
 * Reads the layout of a BMP file.
 *
 * @param bytes The whole file.
 * @param name How to call the file in an error.
 * @throws {InputError} when it is cut off, damaged, too large, or of a kind that is not read.
 */
export function readBmpLayout(bytes: Uint8Array, name: string): BmpLayout {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = bytes.length < FILE_HEADER_BYTES + 4 ? 0 : view.getUint32(14, true);
  const headerEnd = FILE_HEADER_BYTES + headerBytes;
  if (headerBytes === 0 || headerEnd > bytes.length) {
    throw new InputError(`${name} is cut off inside its BMP header; copy it again.`);
  }
  if (!HEADER_BYTES.includes(headerBytes)) {
    throw new InputError(`${name} is damaged: BMP has no header of ${headerBytes} bytes.`);
  }
  const isCore = headerBytes === CORE_HEADER_BYTES;
  const width = isCore ? view.getUint16(18, true) : view.getInt32(18, true);
  const signedHeight = isCore ? view.getUint16(20, true) : view.getInt32(22, true);
  const height = Math.abs(signedHeight);
  checkSize(width, height, name);
  const bits = view.getUint16(isCore ? 24 : 28, true);
  const code = isCore ? 0 : view.getUint32(30, true);
  const [packing, depths] = COMPRESSIONS[code] ?? [];
  // In the header of OS/2 2.x the codes from 3 on have other meanings.
  if (!packing || !depths?.includes(bits) || headerBytes === 64 && code > 2) {
    throw new InputError(
      `${name} is a BMP image with compression ${code} and ${bits} bits per pixel, which Sonoseg ` +
        `does not read; save it as PNG.`,
    );
  }
  if (packing === "rle" && signedHeight < 0) {
    throw new InputError(
      `${name} is damaged: a compressed BMP image cannot go from top to bottom.`,
    );
  }

  const outsideMasks = MASKED.includes(code) && headerBytes < MASKS_INSIDE_BYTES;
  const masksEnd = headerEnd + (outsideMasks ? code === 6 ? 16 : 12 : 0);
  if (masksEnd > bytes.length) {
    throw new InputError(`${name} is cut off inside its BMP header; copy it again.`);
  }
  const masks = bits <= 8 ? [] : readMasks(view, { bits, code, headerBytes, masksEnd }, name);
  const offset = view.getUint32(10, true);
  const colourBytes = isCore ? 3 : 4;
  const most = bits <= 8 ? 2 ** bits : 0;
  const said = isCore ? 0 : view.getUint32(46, true);
  const colours = Math.min(most, said || most);
  // Some programs write the place of the palette where that of the pixels belongs, or 0.
  const isUnknown = offset === 0 || bits <= 8 && offset === masksEnd;
  const at = isUnknown ? masksEnd + colours * colourBytes : offset;
  const stride = Math.ceil(width * bits / 32) * 4;
  // The padding of the last row may be missing.
  const needed = packing === "rle" ? 2 : (height - 1) * stride + Math.ceil(width * bits / 8);
  if (at < masksEnd || at + needed > bytes.length) {
    throw new InputError(
      `${name} is cut off or damaged: its ${bytes.length} bytes do not hold a BMP image of ` +
        `${width} x ${height} px; copy it again.`,
    );
  }
  const palette = bits > 8
    ? undefined
    : readPalette(bytes.subarray(masksEnd, at), colours, colourBytes);
  const kind = palette ? "palette" : masks.length === 4 ? "rgb+alpha" : "rgb";
  return {
    format: "bmp",
    width,
    height,
    bitDepth: Math.min(bits, 8),
    colours: kind,
    channels: CHANNELS[kind],
    interlaced: false,
    packing,
    bitsPerPixel: bits,
    stride,
    topDown: signedHeight < 0,
    at,
    palette,
    masks,
  };
}

/** Reads the masks of 16 and 32 bits. Each is one run of bits, and alpha's may be empty. */
function readMasks(
  view: DataView,
  header: { bits: number; code: number; headerBytes: number; masksEnd: number },
  name: string,
): readonly number[] {
  const { bits, code, headerBytes, masksEnd } = header;
  if (!MASKED.includes(code)) return bits === 16 ? MASKS_15 : MASKS_BYTES;
  const hasAlpha = headerBytes >= ALPHA_INSIDE_BYTES ||
    code === 6 && headerBytes < MASKS_INSIDE_BYTES;
  const first = headerBytes < MASKS_INSIDE_BYTES ? masksEnd - (hasAlpha ? 16 : 12) : 54;
  const all = Array.from(
    { length: hasAlpha ? 4 : 3 },
    (_, i) => view.getUint32(first + 4 * i, true),
  );
  const masks = all[3] === 0 ? all.slice(0, 3) : all;
  if (masks.some((mask) => !isOneRun(mask) || mask >= 2 ** bits)) {
    throw new InputError(
      `${name} is damaged: its BMP colour masks are ${
        masks.map((mask) => `0x${mask.toString(16)}`).join(", ")
      } for ${bits} bits.`,
    );
  }
  return masks;
}

function isOneRun(mask: number): boolean {
  const run = mask / (mask & -mask);
  return mask !== 0 && Number.isInteger(Math.log2(Math.abs(run) + 1));
}

/** Red, green and blue of the colours that fit before the pixels; the file has them as B, G, R. */
function readPalette(bytes: Uint8Array, colours: number, colourBytes: number): Uint8Array {
  const count = Math.min(colours, Math.floor(bytes.length / colourBytes));
  const palette = new Uint8Array(3 * count);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < 3; k++) palette[3 * i + k] = bytes[i * colourBytes + 2 - k];
  }
  return palette;
}
