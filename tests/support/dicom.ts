/**
 * Writes DICOM files: pixels as they are, deflated, RLE, lossless JPEG, or in fragments that were
 * packed elsewhere.
 *
 * @module
 */
import { deflateRawSync } from "node:zlib";
import { joined } from "../../lib/core/joined.ts";
import { segment } from "./jpeg.ts";

/** An element: its tag, its type, its value; of a sequence the items. */
export type DicomField = readonly [tag: number, type: string, value: DicomFieldValue];

type DicomFieldValue = string | Uint8Array | readonly number[] | readonly (readonly DicomField[])[];

/** A file. What is not given is that of 8-bit grey, explicit little endian. */
export interface DicomFile {
  readonly width: number;
  readonly height: number;
  /** The pixels; in fragments when there are several arrays. */
  readonly pixels: Uint8Array | readonly Uint8Array[];
  /** The last numbers of the transfer syntax, behind "1.2.840.10008.". */
  readonly syntax?: string;
  readonly photometric?: string;
  readonly samples?: number;
  readonly planar?: number;
  readonly allocated?: number;
  readonly stored?: number;
  readonly highBit?: number;
  readonly signed?: number;
  readonly sopClass?: string;
  /** The type of the pixels' element. */
  readonly pixelType?: string;
  /** More elements; one of a tag that is written anyway replaces it. */
  readonly fields?: readonly DicomField[];
  /** Tags that are left out. */
  readonly without?: readonly number[];
  /** Whether sequences and items end with marks. */
  readonly marks?: boolean;
}

const PIXELS = 0x7fe00010;
const ROOT = "1.2.840.10008.";
const LONG = ["OB", "OW", "SQ", "UN", "UT"];
/** What no message, log or table may hold. */
export const SECRET = "Secret^Name";

/** The bytes of a file. */
export function dicomFile(file: DicomFile): Uint8Array<ArrayBuffer> {
  const {
    width,
    height,
    pixels,
    syntax = "1.2.1",
    photometric = "MONOCHROME2",
    samples = 1,
    planar = 0,
    allocated = 8,
    stored = allocated,
    highBit = stored - 1,
    signed = 0,
    sopClass = `${ROOT}5.1.4.1.1.6.1`,
    pixelType = allocated > 8 ? "OW" : "OB",
    fields = [],
    without = [],
    marks = false,
  } = file;
  const encoding = { explicit: syntax !== "1.2", little: syntax !== "1.2.2", marks };
  const own: DicomField[] = [
    [0x00080016, "UI", sopClass],
    [0x00080060, "CS", "US"],
    [0x00100010, "PN", SECRET],
    [0x00100020, "LO", SECRET],
    [0x00280002, "US", [samples]],
    [0x00280004, "CS", photometric],
    ...(samples > 1 ? [[0x00280006, "US", [planar]] as const] : []),
    [0x00280010, "US", [height]],
    [0x00280011, "US", [width]],
    [0x00280100, "US", [allocated]],
    [0x00280101, "US", [stored]],
    [0x00280102, "US", [highBit]],
    [0x00280103, "US", [signed]],
    ...(pixels instanceof Uint8Array ? [[PIXELS, pixelType, pixels] as const] : []),
  ];
  const all = new Map([...own, ...fields].map((field) => [field[0], field]));
  for (const tag of without) all.delete(tag);
  const set = [...all.values()].sort(([a], [b]) => a - b).map((field) => element(field, encoding));
  const data = joined(pixels instanceof Uint8Array ? set : set.concat(fragments(pixels)));
  const meta: DicomField[] = [
    [0x00020002, "UI", sopClass],
    [0x00020010, "UI", ROOT + syntax],
  ];
  return joined([
    new Uint8Array(128),
    new TextEncoder().encode("DICM"),
    ...meta.filter(([tag]) => !without.includes(tag))
      .map((field) => element(field, { explicit: true, little: true, marks: false })),
    syntax === "1.2.1.99" ? new Uint8Array(deflateRawSync(data)) : data,
  ]).slice();
}

interface Encoding {
  readonly explicit: boolean;
  readonly little: boolean;
  readonly marks: boolean;
}

function element([tag, type, value]: DicomField, encoding: Encoding): Uint8Array {
  const { explicit, little, marks } = encoding;
  const bytes = type === "SQ"
    ? sequence(value as readonly (readonly DicomField[])[], encoding)
    : valueBytes(type, value, little);
  const length = type === "SQ" && marks ? 0xffffffff : bytes.length;
  const isLong = explicit && LONG.includes(type);
  const head = new Uint8Array(isLong ? 12 : 8);
  const view = new DataView(head.buffer);
  view.setUint16(0, tag >>> 16, little);
  view.setUint16(2, tag & 0xffff, little);
  if (explicit) head.set(new TextEncoder().encode(type), 4);
  if (!explicit) view.setUint32(4, length, little);
  else if (isLong) view.setUint32(8, length, little);
  else view.setUint16(6, length, little);
  return joined([head, bytes]);
}

function sequence(items: readonly (readonly DicomField[])[], encoding: Encoding): Uint8Array {
  const { marks, little } = encoding;
  const parts = items.flatMap((fields) => {
    const inner = joined(fields.map((field) => element(field, encoding)));
    return [
      mark(0xe000, marks ? 0xffffffff : inner.length, little),
      inner,
      ...(marks ? [mark(0xe00d, 0, little)] : []),
    ];
  });
  return joined([...parts, ...(marks ? [mark(0xe0dd, 0, little)] : [])]);
}

function mark(element: number, length: number, little = true): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xfffe, little);
  view.setUint16(2, element, little);
  view.setUint32(4, length, little);
  return bytes;
}

function valueBytes(type: string, value: DicomFieldValue, little: boolean): Uint8Array {
  if (value instanceof Uint8Array) return even(value, 0);
  if (typeof value === "string") {
    return even(new TextEncoder().encode(value), type === "UI" ? 0 : 32);
  }
  const numbers = value as readonly number[];
  const size = type === "FD" ? 8 : type === "UL" ? 4 : 2;
  const bytes = new Uint8Array(numbers.length * size);
  const view = new DataView(bytes.buffer);
  for (const [i, number] of numbers.entries()) {
    if (size === 8) view.setFloat64(8 * i, number, little);
    else if (size === 4) view.setUint32(4 * i, number, little);
    else view.setUint16(2 * i, number, little);
  }
  return bytes;
}

function even(bytes: Uint8Array, filling: number): Uint8Array {
  return bytes.length % 2 === 0 ? bytes : Uint8Array.of(...bytes, filling);
}

/** The pixels' element with packed fragments behind an empty table of offsets. */
function fragments(parts: readonly Uint8Array[]): Uint8Array[] {
  const head = new Uint8Array(12);
  const view = new DataView(head.buffer);
  view.setUint16(0, 0x7fe0, true);
  view.setUint16(2, 0x0010, true);
  head.set(new TextEncoder().encode("OB"), 4);
  view.setUint32(8, 0xffffffff, true);
  return [
    head,
    mark(0xe000, 0),
    ...parts.flatMap((part) => [mark(0xe000, even(part, 0).length), even(part, 0)]),
    mark(0xe0dd, 0),
  ];
}

/** RLE data of planes of bytes (PS3.5, annex G): literal runs and repeated bytes. */
export function rleData(planes: readonly Uint8Array[]): Uint8Array {
  const head = new Uint8Array(64);
  const view = new DataView(head.buffer);
  view.setUint32(0, planes.length, true);
  const segments = planes.map((plane) => {
    const bytes: number[] = [];
    for (let at = 0; at < plane.length;) {
      let run = 1;
      while (run < 128 && plane[at + run] === plane[at]) run++;
      if (run > 2) bytes.push(257 - run, plane[at]);
      else bytes.push(run - 1, ...plane.subarray(at, at + run));
      at += run;
    }
    return even(Uint8Array.from(bytes), 128);
  });
  let at = 64;
  for (const [i, segment] of segments.entries()) {
    view.setUint32(4 + 4 * i, at, true);
    at += segment.length;
  }
  return joined([head, ...segments]);
}

/** A lossless JPEG file (ITU-T T.81, annex H) of one scan. */
export interface LosslessFields {
  readonly width: number;
  readonly height: number;
  /** Samples `[height, width, components]`. */
  readonly values: readonly number[];
  readonly bits: number;
  /** 1 to 7. */
  readonly predictor: number;
  readonly components?: number;
  /** Pixels between restart markers. */
  readonly restart?: number;
  /** By how many bits the values are shifted. */
  readonly shift?: number;
}

/** A Huffman table whose codes are their symbols, in five bits: sizes 0 to 16. */
const FIVE_BITS = [0, 0, 0, 0, 17, ...Array(11).fill(0), ...Array(17).keys()];

/** The bytes of a lossless JPEG file. */
export function losslessJpeg(
  { width, height, values, bits, predictor, components = 1, restart = 0, shift = 0 }:
    LosslessFields,
): Uint8Array {
  const ids = Array.from({ length: components }, (_, i) => i + 1);
  const coded: number[] = [];
  let held = "";
  const flush = () => {
    for (; held.length > 0; held = held.slice(8)) {
      const byte = parseInt(held.slice(0, 8).padEnd(8, "1"), 2);
      coded.push(byte, ...(byte === 255 ? [0] : []));
    }
  };
  const at = (x: number, y: number, k: number) => values[(y * width + x) * components + k] >> shift;
  for (let y = 0, first = 0; y < height; y++) {
    if (restart > 0 && y > 0 && y * width % restart === 0) {
      flush();
      coded.push(0xff, 0xd0 + (y * width / restart - 1) % 8);
      first = y;
    }
    for (let x = 0; x < width; x++) {
      for (let k = 0; k < components; k++) {
        const [a, b, c] = [
          x && at(x - 1, y, k),
          y && at(x, y - 1, k),
          x && y && at(x - 1, y - 1, k),
        ];
        const inside = [0, a, b, c, a + b - c, a + (b - c >> 1), b + (a - c >> 1), a + b >> 1];
        const middle = 2 ** (bits - shift - 1);
        const guess = y === first ? x === 0 ? middle : a : x === 0 ? b : inside[predictor];
        // Differences count modulo 65536.
        const plain = at(x, y, k) - guess + 0x8000 & 0xffff;
        const difference = plain === 0 ? 32768 : plain - 0x8000;
        const length = difference === 0 ? 0 : Math.floor(Math.log2(Math.abs(difference))) + 1;
        held += length.toString(2).padStart(5, "0");
        if (length === 0 || length === 16) continue;
        const code = difference > 0 ? difference : difference + 2 ** length - 1;
        held += code.toString(2).padStart(length, "0");
      }
    }
  }
  flush();
  return joined([
    Uint8Array.of(0xff, 0xd8),
    segment(0xc3, [
      ...[bits, height >> 8, height & 255, width >> 8, width & 255, components],
      ...ids.flatMap((id) => [id, 0x11, 0]),
    ]),
    segment(0xc4, [0, ...FIVE_BITS]),
    ...(restart > 0 ? [segment(0xdd, [restart >> 8, restart & 255])] : []),
    segment(0xda, [components, ...ids.flatMap((id) => [id, 0]), predictor, 0, shift]),
    Uint8Array.from(coded),
    Uint8Array.of(0xff, 0xd9),
  ]);
}
