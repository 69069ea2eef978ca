/**
 * Builds TIFF files, valid or damaged.
 *
 * @module
 */
import { deflateSync } from "node:zlib";
import { joined } from "../../lib/core/joined.ts";
import { packLzw } from "./lzw.ts";

/** A tag: its number, its type (3 = 16 bits, 4 = 32 bits, ...) and its values. */
export type Tag = readonly [tag: number, type: number, values: readonly number[]];

/** An image as it is stored, and how. */
export interface TiffFields {
  readonly width: number;
  readonly height: number;
  /** Values `[height, width, samples]` of `bits` each. */
  readonly values: ArrayLike<number>;
  readonly samples?: number;
  readonly bits?: number;
  /** 0 min-is-white, 1 min-is-black, 2 RGB, 3 palette. */
  readonly photometric?: number;
  readonly compression?: keyof typeof COMPRESSIONS;
  readonly predictor?: 1 | 2 | 3;
  /** 1 unsigned, 2 signed, 3 floating-point. */
  readonly sampleFormat?: 1 | 2 | 3;
  readonly bigEndian?: boolean;
  /** Whether offsets have 64 bits. */
  readonly bigTiff?: boolean;
  readonly rowsPerStrip?: number;
  /** Width and height of tiles; strips without it. */
  readonly tile?: readonly [number, number];
  /** Whether each sample has its own plane. */
  readonly planar?: boolean;
  /** Whether the lowest bit of a byte comes first. */
  readonly mirrored?: boolean;
  /** Other tags, or other values for those that are written anyway. */
  readonly tags?: readonly Tag[];
  /** Tags that are left out. */
  readonly without?: readonly number[];
  /** The offset of the second page. */
  readonly next?: number;
}

const COMPRESSIONS = { none: 1, lzw: 5, oldLzw: 5, deflate: 8, oldDeflate: 32946, packbits: 32773 };

const PACK: Record<keyof typeof COMPRESSIONS, (bytes: Uint8Array) => Uint8Array> = {
  none: (bytes) => bytes,
  lzw: (bytes) => packLzw(bytes, 8, "tiff"),
  oldLzw: (bytes) => packLzw(bytes, 8, "gif"),
  deflate: (bytes) => new Uint8Array(deflateSync(bytes)),
  oldDeflate: (bytes) => new Uint8Array(deflateSync(bytes)),
  packbits: packBits,
};

const TYPE_BYTES: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 16: 8, 11: 4 };

/** A file with one page: header, strips or tiles, values of tags, directory. */
export function tiffFile(fields: TiffFields): Uint8Array {
  const { width, height, samples = 1, bits = 8, photometric = samples < 3 ? 1 : 2 } = fields;
  const { compression = "none", predictor = 1, rowsPerStrip = height, tile } = fields;
  const { bigEndian = false, bigTiff = false, planar = false, mirrored = false } = fields;
  const [partWidth, partHeight] = tile ?? [width, rowsPerStrip];
  const parts: Uint8Array[] = [];
  for (let plane = 0; plane < (planar ? samples : 1); plane++) {
    for (let y = 0; y < height; y += partHeight) {
      for (let x = 0; x < width; x += partWidth) {
        const rows = tile ? partHeight : Math.min(partHeight, height - y);
        const bytes = partBytes(fields, { x, y, width: partWidth, height: rows, plane });
        const packed = PACK[compression](bytes);
        parts.push(mirrored ? packed.map(mirror) : packed);
      }
    }
  }
  const headerBytes = bigTiff ? 16 : 8;
  let at = headerBytes;
  const offsets = parts.map((part) => (at += part.length) - part.length);
  const lengths = parts.map((part) => part.length);
  const long = bigTiff ? 16 : 4;
  const written = new Map<number, Tag>();
  const tags: Tag[] = [
    [256, 4, [width]],
    [257, 4, [height]],
    [258, 3, Array(samples).fill(bits)],
    [259, 3, [COMPRESSIONS[compression]]],
    [262, 3, [photometric]],
    ...(mirrored ? [[266, 3, [2]] satisfies Tag] : []),
    [277, 3, [samples]],
    ...(tile
      ? [[322, 3, [tile[0]]], [323, 3, [tile[1]]], [324, long, offsets], [325, 4, lengths]] as Tag[]
      : [[273, long, offsets], [278, 4, [rowsPerStrip]], [279, 4, lengths]] as Tag[]),
    [284, 3, [planar ? 2 : 1]],
    [317, 3, [predictor]],
    ...(fields.sampleFormat ? [[339, 3, [fields.sampleFormat]] satisfies Tag] : []),
    ...(fields.tags ?? []),
  ];
  for (const tag of tags) written.set(tag[0], tag);
  for (const tag of fields.without ?? []) written.delete(tag);
  const directory = directoryBytes([...written.values()], { at, bigEndian, bigTiff }, fields.next);
  const header = new Writer(bigEndian);
  header.text(bigEndian ? "MM" : "II").put(bigTiff ? 43 : 42, 2);
  if (bigTiff) header.put(8, 2).put(0, 2);
  header.put(directory.start, bigTiff ? 8 : 4);
  return joined([header.bytes(), ...parts, directory.bytes]);
}

/** An EXIF block with an orientation alone. */
export function exifBlock(orientation: number, bigEndian = false): Uint8Array {
  const tag: Tag = [274, 3, [orientation]];
  const { start, bytes } = directoryBytes([tag], { at: 8, bigEndian, bigTiff: false });
  const header = new Writer(bigEndian).text(bigEndian ? "MM" : "II").put(42, 2).put(start, 4);
  return joined([header.bytes(), bytes]);
}

/** The values of tags that do not fit into their entries, then the directory itself. */
function directoryBytes(
  tags: readonly Tag[],
  place: { at: number; bigEndian: boolean; bigTiff: boolean },
  next = 0,
): { start: number; bytes: Uint8Array } {
  const { at, bigEndian, bigTiff } = place;
  const offsetBytes = bigTiff ? 8 : 4;
  const outside = new Writer(bigEndian);
  const entries = new Writer(bigEndian).put(tags.length, bigTiff ? 8 : 2);
  for (const [tag, type, values] of tags.toSorted(([a], [b]) => a - b)) {
    entries.put(tag, 2).put(type, 2).put(values.length, offsetBytes);
    const own = new Writer(bigEndian);
    for (const value of values) own.put(value, TYPE_BYTES[type] ?? 1);
    if (own.length <= offsetBytes) {
      entries.add(own.bytes()).add(new Uint8Array(offsetBytes - own.length));
    } else {
      entries.put(at + outside.length, offsetBytes);
      outside.add(own.bytes());
    }
  }
  entries.put(next, offsetBytes);
  return { start: at + outside.length, bytes: joined([outside.bytes(), entries.bytes()]) };
}

interface Part {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly plane: number;
}

/** The samples of a strip or tile, packed to bytes; beside the image they are 0. */
function partBytes(fields: TiffFields, { x, y, width, height, plane }: Part): Uint8Array {
  const { samples = 1, bits = 8, predictor = 1, bigEndian = false, planar = false } = fields;
  const perPixel = planar ? 1 : samples;
  const writer = new Writer(bigEndian && predictor !== 3);
  for (let row = y; row < y + height; row++) {
    const values: number[] = [];
    for (let column = x; column < x + width; column++) {
      for (let k = 0; k < perPixel; k++) {
        const at = (row * fields.width + column) * samples + (planar ? plane : k);
        values.push(row < fields.height && column < fields.width ? fields.values[at] : 0);
      }
    }
    if (predictor === 2) {
      for (let i = values.length - 1; i >= perPixel; i--) {
        values[i] = values[i] - values[i - perPixel] & 2 ** bits - 1;
      }
    }
    if (predictor === 3) {
      writer.add(byteDifferences(values, bits, perPixel));
    } else if (bits % 8 > 0) {
      writer.add(packSmall(values, bits));
    } else {
      for (const value of values) {
        writer.put(fields.sampleFormat === 3 ? floatBits(value, bits) : value, bits / 8);
      }
    }
  }
  return writer.bytes();
}

function packSmall(values: readonly number[], bits: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(values.length * bits / 8));
  const text = values.map((value) => value.toString(2).padStart(bits, "0")).join("");
  for (let i = 0; i < text.length; i++) bytes[i >> 3] |= Number(text[i]) << 7 - i % 8;
  return bytes;
}

/** The bits of a floating-point number as an integer. */
function floatBits(value: number, bits: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  if (bits === 32) view.setFloat32(4, value);
  else view.setFloat64(0, value);
  return view.getBigUint64(0);
}

/** Predictor 3: the first bytes of all numbers of a row, the second ones, ...; then differences. */
function byteDifferences(values: readonly number[], bits: number, perPixel: number): Uint8Array {
  const numbers = values.map((value) =>
    new Writer(true).put(floatBits(value, bits), bits / 8).bytes()
  );
  const bytes = joined(
    Array.from({ length: bits / 8 }, (_, k) => Uint8Array.from(numbers, (number) => number[k])),
  );
  return bytes.map((byte, i) => i < perPixel ? byte : byte - bytes[i - perPixel]);
}

/** PackBits: runs of two or more, and what lies between them. */
function packBits(bytes: Uint8Array): Uint8Array {
  const packed: number[] = [];
  for (let at = 0; at < bytes.length;) {
    let end = at + 1;
    while (end < bytes.length && end - at < 128 && bytes[end] === bytes[at]) end++;
    if (end - at > 1) {
      packed.push(257 - (end - at), bytes[at]);
    } else {
      while (end < bytes.length && end - at < 128 && bytes[end] !== bytes[end - 1]) end++;
      packed.push(end - at - 1, ...bytes.subarray(at, end));
    }
    at = end;
  }
  return Uint8Array.from(packed);
}

function mirror(byte: number): number {
  return parseInt([...byte.toString(2).padStart(8, "0")].reverse().join(""), 2);
}

/** Collects integers of either byte order. */
class Writer {
  readonly #bytes: number[] = [];
  readonly #bigEndian: boolean;

  constructor(bigEndian: boolean) {
    this.#bigEndian = bigEndian;
  }

  get length(): number {
    return this.#bytes.length;
  }

  put(value: number | bigint, bytes: number): this {
    const own = Array.from(
      { length: bytes },
      (_, i) => Number(BigInt(value) >> BigInt(8 * i) & 255n),
    );
    this.#bytes.push(...(this.#bigEndian ? own.reverse() : own));
    return this;
  }

  text(text: string): this {
    this.#bytes.push(...new TextEncoder().encode(text));
    return this;
  }

  add(bytes: Uint8Array): this {
    for (const byte of bytes) this.#bytes.push(byte);
    return this;
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}
