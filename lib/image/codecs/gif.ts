/**
 * GIF decoding: blocks up to the first frame, LZW (unpack_lzw.js), rows in four passes, canvas.
 *
 * This is own code because it is small and shares LZW with TIFF. The packages that decode GIF give
 * colours without those of transparent pixels.
 *
 * The first frame is read, placed on its canvas. Transparent pixels keep the colour that their
 * palette has for them, as in Pillow; pixels beside the frame have the transparent colour, or the
 * first one where there is none.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { joined } from "../../core/joined.ts";
import { type ImageCodec, notUnpacked, startsWithText } from "./codec.ts";
import { CHANNELS, checkSize, type ImageHeader } from "./header.ts";
import { paletteImage } from "./samples.ts";
import type { Packed } from "./unpackers.ts";

const SIGNATURES: readonly string[] = ["GIF87a", "GIF89a"];

const EXTENSION = 0x21, FRAME = 0x2c, TRAILER = 0x3b;
/** The extension that names the transparent colour. */
const GRAPHIC_CONTROL = 0xf9;

/** A pass over an interlaced frame: its first row, and the step from one row to the next. */
type Pass = readonly [first: number, step: number];

const WHOLE: readonly Pass[] = [[0, 1]];
const PASSES: readonly Pass[] = [[0, 8], [4, 8], [2, 4], [1, 2]];

/** The first frame of a GIF file, on its canvas. */
interface GifLayout extends ImageHeader {
  readonly frame: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  };
  /** RGB triples; without a palette indices are grey levels. */
  readonly palette: Uint8Array | undefined;
  /** The index of the pixels beside the frame. */
  readonly beside: number;
  readonly data: Uint8Array;
}

/** GIF, the first frame. */
export const GIF: ImageCodec<GifLayout> = {
  name: "gif",
  title: "GIF",
  sniff: (bytes) => SIGNATURES.some((signature) => startsWithText(bytes, signature)),
  readHeader: readGifLayout,
  open(_bytes, layout, name): Packed {
    const { frame, bitDepth, data, palette } = layout;
    return {
      work: { kind: "lzw", data, size: frame.width * frame.height, bits: bitDepth },
      refusal: notUnpacked("GIF", frame),
      finish(indices) {
        const canvas = onCanvas(indices, layout);
        return palette ? paletteImage(canvas, palette, name) : { pixels: canvas };
      },
    };
  },
};

/** Reads the blocks of a GIF file up to the data of its first frame. */
function readGifLayout(bytes: Uint8Array, name: string): GifLayout {
  const cutOff = () =>
    new InputError(
      `${name} is cut off: the file ends after ${bytes.length} bytes, inside its first GIF frame; ` +
        `copy it again.`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** The end of a palette that a flags byte announces, and its colours. */
  const paletteAt = (at: number, flags: number) => {
    const length = flags & 0x80 ? 3 << (flags & 7) + 1 : 0;
    if (at + length > bytes.length) throw cutOff();
    return { end: at + length, palette: length > 0 ? bytes.subarray(at, at + length) : undefined };
  };
  if (bytes.length < 13) throw cutOff();
  const global = paletteAt(13, bytes[10]);
  let transparent: number | undefined;
  for (let at = global.end; at < bytes.length;) {
    const block = bytes[at];
    if (block === EXTENSION) {
      const { parts, end } = subBlocks(bytes, at + 2);
      if (bytes[at + 1] === GRAPHIC_CONTROL && parts[0]?.length >= 4 && parts[0][0] & 1) {
        transparent = parts[0][3];
      }
      at = end;
    } else if (block === FRAME) {
      if (at + 10 > bytes.length) throw cutOff();
      const frame = {
        x: view.getUint16(at + 1, true),
        y: view.getUint16(at + 3, true),
        width: view.getUint16(at + 5, true),
        height: view.getUint16(at + 7, true),
      };
      checkSize(frame.width, frame.height, name);
      // A frame that leads out of the canvas enlarges it.
      const width = Math.max(view.getUint16(6, true), frame.x + frame.width);
      const height = Math.max(view.getUint16(8, true), frame.y + frame.height);
      checkSize(width, height, name);
      const flags = bytes[at + 9];
      const local = paletteAt(at + 10, flags);
      const palette = withColour(local.palette ?? global.palette, transparent ?? 0);
      const bitDepth = bytes[local.end];
      if (local.end >= bytes.length) throw cutOff();
      if (bitDepth < 1 || bitDepth > 8) {
        throw new InputError(`${name} is damaged: its GIF frame has values of ${bitDepth} bits.`);
      }
      const { parts, end } = subBlocks(bytes, local.end + 1);
      const colours = palette ? "palette" : "grey";
      return {
        format: "gif",
        width,
        height,
        bitDepth,
        colours,
        channels: CHANNELS[colours],
        interlaced: (flags & 0x40) !== 0,
        ...(hasFrame(bytes, end) && { morePages: true }),
        frame,
        palette,
        beside: transparent ?? 0,
        data: joined(parts),
      };
    } else if (block === TRAILER) {
      break;
    } else {
      // Between blocks bytes without a meaning are skipped, as other programs do.
      at++;
    }
  }
  throw cutOff();
}

/** A palette in which the index of transparent pixels has a colour: black where it had none. */
function withColour(palette: Uint8Array | undefined, index: number): Uint8Array | undefined {
  if (!palette || palette.length >= 3 * (index + 1)) return palette;
  const longer = new Uint8Array(3 * (index + 1));
  longer.set(palette);
  return longer;
}

/** Blocks of up to 255 bytes, each after its length, up to an empty one or the end of the file. */
function subBlocks(bytes: Uint8Array, start: number): { parts: Uint8Array[]; end: number } {
  const parts: Uint8Array[] = [];
  let at = start;
  while (at < bytes.length && bytes[at] > 0) {
    parts.push(bytes.subarray(at + 1, at + 1 + bytes[at]));
    at += 1 + bytes[at];
  }
  return { parts, end: at + 1 };
}

/** Whether another frame follows. */
function hasFrame(bytes: Uint8Array, start: number): boolean {
  let at = start;
  while (bytes[at] === EXTENSION) at = subBlocks(bytes, at + 2).end;
  return bytes[at] === FRAME;
}

/** The frame's indices on the canvas, rows from the top. */
function onCanvas(indices: Uint8Array, layout: GifLayout): Uint8Array {
  const { width, height, frame, beside, interlaced } = layout;
  const canvas = new Uint8Array(width * height).fill(beside);
  let from = 0;
  for (const [first, step] of interlaced ? PASSES : WHOLE) {
    for (let y = first; y < frame.height; y += step) {
      canvas.set(indices.subarray(from, from += frame.width), (frame.y + y) * width + frame.x);
    }
  }
  return canvas;
}
