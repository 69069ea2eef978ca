/**
 * Builds GIF files, valid or damaged.
 *
 * @module
 */
import { joined } from "../../lib/core/joined.ts";
import { packLzw } from "./lzw.ts";

/** A frame, and its canvas. */
export interface GifFields {
  readonly width: number;
  readonly height: number;
  /** Palette indices `[height, width]`. */
  readonly indices: Uint8Array;
  /** RGB triples of 2, 4, ... 256 colours; absent for a file without a palette. */
  readonly palette?: Uint8Array;
  /** Whether the palette belongs to the frame, not to the file. */
  readonly local?: boolean;
  readonly interlaced?: boolean;
  /** The transparent index. */
  readonly transparent?: number;
  /** The size of the canvas and the frame's place on it; by default the frame is all of it. */
  readonly canvas?: readonly [width: number, height: number, x: number, y: number];
  /** Bits of an index. */
  readonly bits?: number;
  /** Blocks before the frame. */
  readonly before?: readonly Uint8Array[];
  /** Bytes behind the frame; by default the end of the file. */
  readonly after?: Uint8Array;
}

/** The end of a file. */
export const GIF_END = Uint8Array.of(0x3b);

/** A file with one frame. */
export function gifFile(fields: GifFields): Uint8Array {
  const { canvas = [fields.width, fields.height, 0, 0], palette, local = false } = fields;
  const flags = palette && !local ? 0x80 | Math.log2(palette.length / 3) - 1 : 0;
  const screen = Uint8Array.of(...words(canvas[0], canvas[1]), flags, 0, 0);
  const control = fields.transparent === undefined
    ? new Uint8Array()
    : joined([Uint8Array.of(0x21, 0xf9, 4, 1, 0, 0, fields.transparent, 0)]);
  return joined([
    new TextEncoder().encode("GIF89a"),
    screen,
    palette && !local ? palette : new Uint8Array(),
    ...(fields.before ?? []),
    control,
    gifFrame(fields),
    fields.after ?? GIF_END,
  ]);
}

/** A frame alone. */
export function gifFrame(fields: GifFields): Uint8Array {
  const { width, height, indices, palette, local = false, interlaced = false, bits = 8 } = fields;
  const [, , x, y] = fields.canvas ?? [width, height, 0, 0];
  const flags = (local && palette ? 0x80 | Math.log2(palette.length / 3) - 1 : 0) |
    (interlaced ? 0x40 : 0);
  const packed = packLzw(interlaced ? inPasses(indices, width, height) : indices, bits, "gif");
  return joined([
    Uint8Array.of(0x2c, ...words(x, y, width, height), flags),
    local && palette ? palette : new Uint8Array(),
    Uint8Array.of(bits),
    gifBlocks(packed),
  ]);
}

/** Data in blocks of up to 255 bytes, and an empty one. */
export function gifBlocks(data: Uint8Array): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += 255) {
    const block = data.subarray(at, at + 255);
    blocks.push(Uint8Array.of(block.length), block);
  }
  return joined([...blocks, Uint8Array.of(0)]);
}

/** Rows 0, 8, ...; 4, 12, ...; 2, 6, ...; 1, 3, ... */
function inPasses(indices: Uint8Array, width: number, height: number): Uint8Array {
  const rows = Array.from({ length: height }, (_, y) => y);
  const pass = (y: number) => y % 8 === 0 ? 0 : y % 8 === 4 ? 1 : y % 4 === 2 ? 2 : 3;
  rows.sort((a, b) => pass(a) - pass(b) || a - b);
  return joined(rows.map((y) => indices.subarray(y * width, (y + 1) * width)));
}

function words(...values: number[]): number[] {
  return values.flatMap((value) => [value & 255, value >> 8]);
}
