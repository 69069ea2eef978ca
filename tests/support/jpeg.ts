/**
 * Builds JPEG files of flat 8x8 blocks, with any components, scans and markers, whole or damaged.
 *
 * With a quantisation step of 8 the DC coefficient of a flat block is its level less 128, so the
 * decoded samples are known exactly.
 *
 * @module
 */
import { joined } from "../../lib/core/joined.ts";

/** A component: its number in the file, its sampling, and the levels of its blocks. */
export interface JpegComponent {
  readonly id: number;
  /** Samples across and down as in the file, by default 0x11. */
  readonly sampling?: number;
  /** 1 to 255, in the order of the scans: rows of blocks, or block by block of each unit. */
  readonly levels: readonly number[];
}

/** The contents of a file. */
export interface JpegFields {
  readonly width: number;
  readonly height: number;
  readonly components: readonly JpegComponent[];
  /** Markers before the frame. */
  readonly before?: readonly Uint8Array[];
  /** Leaves the Huffman tables out; they are the standard ones then. */
  readonly withoutTables?: boolean;
  /** Units between restart markers. */
  readonly restart?: number;
  /** Writes a progressive file: the DC coefficients, then the others (all 0) of each component. */
  readonly progressive?: boolean;
  /** Scans of AC coefficients, for each component of a progressive file. By default 1. */
  readonly passes?: number;
  /** The bit to which a progressive file codes its DC coefficients. By default 0, the last. */
  readonly low?: number;
  /** A scan for each component, in place of one for all. */
  readonly apart?: boolean;
}

/** The codes of the standard table for DC coefficients of luminance, by size. */
const DC_CODES = ["00", "010", "011", "100", "101", "110", "1110", "11110", "111110"];
const DC_TABLE = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, ...Array(12).keys()];

/** "No further coefficients" in the standard table for AC coefficients of luminance. */
const STANDARD_END = "1010";

/** An own table: "no further coefficients", in this block and in 32767 blocks. */
const AC_TABLE = [1, 1, ...Array(14).fill(0), 0x00, 0xe0];
const END = "0";
const END_OF_ALL = `10${"1".repeat(14)}`;
const MOST_BLOCKS = 32767;

/** A marker with its content. */
export function segment(marker: number, content: Iterable<number>): Uint8Array {
  const bytes = Uint8Array.from(content);
  const length = bytes.length + 2;
  return joined([Uint8Array.of(0xff, marker, length >> 8, length & 255), bytes]);
}

/** The marker of Adobe with its number for the colours. */
export function adobe(transform: number): Uint8Array {
  return segment(0xee, [...new TextEncoder().encode("Adobe"), 0, 100, 0, 0, 0, 0, transform]);
}

/** The marker of JFIF. */
export const JFIF = segment(0xe0, [
  ...new TextEncoder().encode("JFIF\0"),
  1,
  1,
  0,
  0,
  1,
  0,
  1,
  0,
  0,
]);

/** A file. */
export function jpegFile(fields: JpegFields): Uint8Array {
  const { width, height, components, before = [], withoutTables, restart = 0 } = fields;
  const { progressive, passes = 1, low = 0, apart } = fields;
  const size = [height >> 8, height & 255, width >> 8, width & 255];
  const each = components.flatMap(({ id, sampling = 0x11 }) => [id, sampling, 0]);
  const parts = [
    Uint8Array.of(0xff, 0xd8),
    ...before,
    segment(0xdb, [0, ...Array(64).fill(8)]),
    segment(progressive ? 0xc2 : 0xc0, [8, ...size, components.length, ...each]),
    ...(withoutTables ? [] : [segment(0xc4, [0x00, ...DC_TABLE, 0x10, ...AC_TABLE])]),
    ...(restart ? [segment(0xdd, [restart >> 8, restart & 255])] : []),
  ];
  const end = progressive ? "" : withoutTables ? STANDARD_END : END;
  const band = progressive ? [0, 0, low] : [0, 63, 0];
  for (const scanned of apart ? components.map((component) => [component]) : [components]) {
    parts.push(segment(0xda, [scanned.length, ...scanned.flatMap(({ id }) => [id, 0]), ...band]));
    parts.push(codedBlocks(scanned, { restart, end, low }));
  }
  for (let pass = 0; progressive && pass < passes; pass++) {
    for (const { id, levels } of components) {
      const runs = Math.ceil(levels.length / MOST_BLOCKS);
      parts.push(segment(0xda, [1, id, 0, 1, 63, 0]), bytesOf(END_OF_ALL.repeat(runs)));
    }
  }
  return joined([...parts, Uint8Array.of(0xff, 0xd9)]);
}

function codedBlocks(
  components: readonly JpegComponent[],
  { restart, end, low }: { readonly restart: number; readonly end: string; readonly low: number },
): Uint8Array {
  const isAlone = components.length === 1;
  const blocksOf = ({ sampling = 0x11 }: JpegComponent) =>
    isAlone ? 1 : (sampling >> 4) * (sampling & 15);
  const units = components[0].levels.length / blocksOf(components[0]);
  const coded: Uint8Array[] = [];
  let bits = "";
  let before = components.map(() => 0);
  for (let unit = 0; unit < units; unit++) {
    if (restart && unit > 0 && unit % restart === 0) {
      coded.push(bytesOf(bits), Uint8Array.of(0xff, 0xd0 + (unit / restart - 1) % 8));
      bits = "";
      before = components.map(() => 0);
    }
    for (const [k, component] of components.entries()) {
      const count = blocksOf(component);
      for (const level of component.levels.slice(unit * count, (unit + 1) * count)) {
        const value = level - 128 >> low;
        bits += codeOf(value - before[k]) + end;
        before[k] = value;
      }
    }
  }
  return joined([...coded, bytesOf(bits)]);
}

/** The code of the difference of two DC coefficients: its size, then its bits. */
function codeOf(difference: number): string {
  const size = Math.abs(difference).toString(2).length * (difference === 0 ? 0 : 1);
  const bits = difference < 0 ? difference + 2 ** size - 1 : difference;
  return DC_CODES[size] + (size === 0 ? "" : bits.toString(2).padStart(size, "0"));
}

/** Bits as bytes, filled up with 1, with a 0 behind each 0xff. */
function bytesOf(bits: string): Uint8Array {
  const whole = bits.padEnd(Math.ceil(bits.length / 8) * 8, "1").match(/.{8}/g) ?? [];
  return Uint8Array.from(
    whole.map((byte) => parseInt(byte, 2)).flatMap((byte) => byte === 0xff ? [byte, 0] : [byte]),
  );
}
