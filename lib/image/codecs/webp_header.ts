/**
 * The header of a WebP file: the chunks of a RIFF file up to the first picture (RFC 9649).
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { CHANNELS, checkSize, type ImageHeader } from "./header.ts";

/** "RIFF", the length of the rest, "WEBP". */
const FILE_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;

/** Flags of the chunk VP8X. */
const ANIMATED = 0x02, HAS_ALPHA = 0x10;

/** The bytes of a frame of an animation before its chunks. */
const FRAME_HEADER_BYTES = 16;

/** A chunk of a RIFF file. */
interface Chunk {
  /** Four characters, such as "VP8 ". */
  readonly type: string;
  readonly data: Uint8Array;
}

/** A picture, as the chunks `VP8 ` and `VP8L` hold it. */
interface Picture {
  readonly width: number;
  readonly height: number;
  readonly alpha: boolean;
}

/** The first picture of a WebP file, on its canvas. */
export interface WebpLayout extends ImageHeader {
  readonly frame: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  };
  /** A WebP file with this picture alone. */
  readonly data: Uint8Array;
}

/** Whether a file begins as WebP files do. */
export function isWebp(bytes: Uint8Array): boolean {
  const text = String.fromCharCode(...bytes.subarray(0, FILE_HEADER_BYTES));
  return text.startsWith("RIFF") && text.endsWith("WEBP");
}

/**
 * The chunks of a WebP file. A chunk that leads out of the file ends the list.
 *
 * @param bytes The whole file, or the chunks of a frame with `start` 0.
 */
export function* riffChunks(bytes: Uint8Array, start = FILE_HEADER_BYTES): Generator<Chunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = start; at + CHUNK_HEADER_BYTES <= bytes.length;) {
    const length = view.getUint32(at + 4, true);
    const end = at + CHUNK_HEADER_BYTES + length;
    if (end > bytes.length) return;
    const type = String.fromCharCode(...bytes.subarray(at, at + 4));
    yield { type, data: bytes.subarray(at + CHUNK_HEADER_BYTES, end) };
    at = end + length % 2;
  }
}

/**
 * Reads the layout of a WebP file.
 *
 * @param bytes The whole file.
 * @param name How to call the file in an error.
 * @throws {InputError} when it is cut off, damaged or too large.
 */
export function readWebpLayout(bytes: Uint8Array, name: string): WebpLayout {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(4, true) + 8 > bytes.length) {
    throw new InputError(
      `${name} is cut off: the file ends after ${bytes.length} bytes, its WebP header says ` +
        `${view.getUint32(4, true) + 8}; copy it again.`,
    );
  }
  const damaged = (what: string) => new InputError(`${name} is damaged: ${what}.`);
  const [first] = riffChunks(bytes);
  if (first?.type !== "VP8X") {
    const picture = first && readPicture(first);
    if (!picture) throw damaged("it is a WebP file without a picture");
    checkSize(picture.width, picture.height, name);
    return layoutOf(picture, picture, 0, 0, picture.alpha, bytes);
  }
  if (first.data.length < 10) throw damaged("the header of its WebP canvas is too short");
  const canvas = { width: 1 + uint24(first.data, 4), height: 1 + uint24(first.data, 7) };
  checkSize(canvas.width, canvas.height, name);
  const alpha = (first.data[0] & HAS_ALPHA) !== 0;
  if (first.data[0] & ANIMATED) return readAnimation(bytes, canvas, alpha, damaged);
  for (const chunk of riffChunks(bytes)) {
    const picture = readPicture(chunk);
    if (!picture) continue;
    if (picture.width !== canvas.width || picture.height !== canvas.height) {
      throw damaged(
        `its WebP picture is ${picture.width} x ${picture.height} px on a canvas of ` +
          `${canvas.width} x ${canvas.height} px`,
      );
    }
    return layoutOf(canvas, picture, 0, 0, alpha, bytes);
  }
  throw damaged("it is a WebP file without a picture");
}

/** The first frame of an animation, and a file with it alone. */
function readAnimation(
  bytes: Uint8Array,
  canvas: { width: number; height: number },
  alpha: boolean,
  damaged: (what: string) => InputError,
): WebpLayout {
  const frames = riffChunks(bytes).filter(({ type }) => type === "ANMF");
  const [first, second] = [frames.next().value, frames.next().value];
  if (!first || first.data.length < FRAME_HEADER_BYTES) {
    throw damaged("it is a WebP animation without a frame");
  }
  const [x, y] = [2 * uint24(first.data, 0), 2 * uint24(first.data, 3)];
  const chunks = first.data.subarray(FRAME_HEADER_BYTES);
  const picture = riffChunks(chunks, 0).map(readPicture).find((picture) => picture !== undefined);
  if (!picture || x + picture.width > canvas.width || y + picture.height > canvas.height) {
    throw damaged("the first frame of its WebP animation is not on its canvas");
  }
  const layout = layoutOf(canvas, picture, x, y, alpha, fileOf(chunks, picture));
  return second ? { ...layout, morePages: true } : layout;
}

function layoutOf(
  canvas: { width: number; height: number },
  { width, height }: Picture,
  x: number,
  y: number,
  alpha: boolean,
  data: Uint8Array,
): WebpLayout {
  const colours = alpha ? "rgb+alpha" : "rgb";
  return {
    format: "webp",
    width: canvas.width,
    height: canvas.height,
    bitDepth: 8,
    colours,
    channels: CHANNELS[colours],
    interlaced: false,
    frame: { x, y, width, height },
    data,
  };
}

/** A WebP file with the chunks of a frame: alpha and a picture. */
function fileOf(chunks: Uint8Array, { width, height }: Picture): Uint8Array {
  const canvasBytes = 10;
  const start = FILE_HEADER_BYTES + CHUNK_HEADER_BYTES + canvasBytes;
  const file = new Uint8Array(start + chunks.length);
  const view = new DataView(file.buffer);
  const put = (text: string, at: number) => file.set(new TextEncoder().encode(text), at);
  put("RIFF", 0);
  view.setUint32(4, file.length - 8, true);
  put("WEBPVP8X", 8);
  view.setUint32(16, canvasBytes, true);
  view.setUint8(20, HAS_ALPHA);
  // Each size takes three bytes; the fourth is overwritten by what follows.
  view.setUint32(24, width - 1, true);
  view.setUint32(27, height - 1, true);
  file.set(chunks, start);
  return file;
}

/** The size of the picture in a chunk; `undefined` for other chunks and damaged ones. */
function readPicture({ type, data }: Chunk): Picture | undefined {
  if (data.length < 10) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (type === "VP8 " && uint24(data, 3) === 0x2a019d) {
    const [width, height] = [view.getUint16(6, true) & 0x3fff, view.getUint16(8, true) & 0x3fff];
    return { width, height, alpha: false };
  }
  if (type === "VP8L" && data[0] === 0x2f) {
    const bits = view.getUint32(1, true);
    const alpha = (bits >>> 28 & 1) !== 0;
    return { width: 1 + (bits & 0x3fff), height: 1 + (bits >>> 14 & 0x3fff), alpha };
  }
  return undefined;
}

function uint24(bytes: Uint8Array, at: number): number {
  return bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16;
}
