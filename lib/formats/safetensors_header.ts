/**
 * The header of a safetensors file, checked completely before it is used.
 *
 * A file consists of the header's length as a little-endian u64, a JSON header padded with spaces,
 * and the data. The header maps each tensor's name to
 * `{ dtype, shape, data_offsets: [begin, end] }`; offsets count from the start of the data.
 * `__metadata__` maps names to strings. Tensors cover the data without overlaps and holes.
 * Specification: https://github.com/huggingface/safetensors#format
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { endOfString, isRecord } from "../core/json.ts";
import { decodeText } from "./byte_reader.ts";

/** Bytes of one element, for each element type of the format. */
export const DTYPE_BYTES = {
  F64: 8,
  I64: 8,
  U64: 8,
  C64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  F8_E8M0: 1,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

/** An element type. */
export type Dtype = keyof typeof DTYPE_BYTES;

/** The size of the length field at the start of the file, in bytes. */
export const LENGTH_BYTES = 8;

/** The entry of a tensor; `begin` and `end` count bytes from the start of the data. */
export interface HeaderEntry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** The contents of a header, in the order of the tensors' data. */
export interface Header {
  readonly entries: readonly HeaderEntry[];
  readonly metadata: Record<string, string>;
  /** The offset of the data from the start of the file, in bytes. */
  readonly dataStart: number;
}

/** The format's limit for the header, in bytes. */
const MOST_HEADER_BYTES = 100_000_000;

/** The header's nesting depth: the header, an entry, its shape. */
const MOST_DEPTH = 3;

/**
 * The limit of names in the header: four for each tensor, one for each metadata entry. A large
 * checkpoint has some thousand.
 */
const MOST_NAMES = 400_000;

/** Reads and checks the header of a whole file. Throws {@linkcode InputError} with the defect. */
export function readHeader(bytes: Uint8Array): Header {
  const headerBytes = headerLength(bytes);
  const dataStart = LENGTH_BYTES + headerBytes;
  const header = parseObject(bytes.subarray(LENGTH_BYTES, dataStart));
  let metadata: Record<string, string> = Object.create(null);
  const entries: HeaderEntry[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") metadata = checkMetadata(value);
    else entries.push(checkEntry(name, value));
  }
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCoverage(entries, bytes.length - dataStart);
  return { entries, metadata, dataStart };
}

/** The header's length, checked against the file and the limit. */
function headerLength(bytes: Uint8Array): number {
  if (bytes.length < LENGTH_BYTES) {
    throw new InputError(
      `not a safetensors file: ${bytes.length} bytes, but the header's length alone takes 8`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES);
  const length = view.getBigUint64(0, true);
  const most = Math.min(bytes.length - LENGTH_BYTES, MOST_HEADER_BYTES);
  if (length < 2n || length > BigInt(most)) {
    throw new InputError(
      `not a safetensors file, or cut short: its header claims ${length} bytes, ` +
        `but only 2 to ${most} are possible here`,
    );
  }
  return Number(length);
}

/** Parses the header. Unlike JSON.parse it is strict about UTF-8, nesting and duplicate names. */
function parseObject(bytes: Uint8Array): Record<string, unknown> {
  if (bytes[0] !== 0x7b) {
    throw new InputError("the safetensors header is not a JSON object: it must begin with {");
  }
  const text = decodeText(bytes, "the safetensors header");
  scanJson(text);
  try {
    return JSON.parse(text);
  } catch {
    throw new InputError("the safetensors header is not valid JSON");
  }
}

/**
 * Refuses deep nesting, duplicate names in one object, and more names than JSON.parse should make
 * objects of. JSON.parse checks the remaining syntax later.
 */
function scanJson(text: string): void {
  let count = 0;
  /** The names seen so far in each open object; undefined for an open array. */
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "{" || character === "[") {
      if (open.length === MOST_DEPTH) {
        throw new InputError(
          `the safetensors header is nested deeper than ${MOST_DEPTH} levels, so it is none`,
        );
      }
      open.push(character === "{" ? new Set() : undefined);
    } else if (character === "}" || character === "]") {
      open.pop();
    } else if (character === '"') {
      const end = endOfString(text, at) + 1;
      if (end > text.length) {
        throw new InputError("the safetensors header is not valid JSON: a string does not end");
      }
      const names = open.at(-1);
      if (names && isFollowedByColon(text, end)) {
        if (++count > MOST_NAMES) {
          throw new InputError(
            `the safetensors header holds more than ${MOST_NAMES} names, which no model needs`,
          );
        }
        const name = stringAt(text, at, end);
        if (names.has(name)) {
          throw new InputError(`the safetensors header names ${JSON.stringify(name)} twice`);
        }
        names.add(name);
      }
      at = end - 1;
    }
  }
}

function isFollowedByColon(text: string, start: number): boolean {
  let at = start;
  while (text[at] === " " || text[at] === "\n" || text[at] === "\t" || text[at] === "\r") at++;
  return text[at] === ":";
}

/** The string between two indices, its escapes resolved: "a" and "\u0061" are one name. */
function stringAt(text: string, start: number, end: number): string {
  try {
    return JSON.parse(text.slice(start, end));
  } catch {
    throw new InputError("the safetensors header is not valid JSON: a name cannot be read");
  }
}

function checkMetadata(value: unknown): Record<string, string> {
  if (!isRecord(value)) {
    throw new InputError("the safetensors header's __metadata__ is not an object");
  }
  const metadata: Record<string, string> = Object.create(null);
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== "string") {
      throw new InputError(
        `the safetensors header's __metadata__ entry ${JSON.stringify(name)} is not a string`,
      );
    }
    metadata[name] = text;
  }
  return metadata;
}

/** Checks one tensor's entry: a known dtype, a countable shape, and offsets that fit both. */
function checkEntry(name: string, value: unknown): HeaderEntry {
  const refuse = (reason: string) => new InputError(`tensor ${JSON.stringify(name)} ${reason}`);
  if (!isRecord(value)) throw refuse("is not described by an object in the safetensors header");
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string" || !Object.hasOwn(DTYPE_BYTES, dtype)) {
    throw refuse(
      `has dtype ${excerpt(dtype)}; readable are ${Object.keys(DTYPE_BYTES).join(", ")}`,
    );
  }
  if (!isSizes(shape)) {
    throw refuse(`has shape ${excerpt(shape)}; it must be a list of whole numbers, none negative`);
  }
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    throw refuse(`has data_offsets ${excerpt(offsets)}; they must be two whole numbers, in order`);
  }
  const needed = byteCount(shape, DTYPE_BYTES[dtype as Dtype]);
  const [begin, end] = offsets;
  if (needed !== end - begin) {
    const bytes = needed === undefined ? "more bytes than can be counted" : `${needed} bytes`;
    throw refuse(
      `of shape ${excerpt(shape)} and dtype ${dtype} takes ${bytes}, but ${end - begin} are given`,
    );
  }
  return { name, dtype: dtype as Dtype, shape, begin, end };
}

/** Bytes of a tensor; `undefined` if the product of the extents, zeros aside, exceeds 2^53. */
function byteCount(shape: readonly number[], elementBytes: number): number | undefined {
  const product = shape.reduce((bytes, extent) => bytes * (extent || 1), elementBytes);
  if (!Number.isSafeInteger(product)) return undefined;
  return shape.includes(0) ? 0 : product;
}

/** Checks that the tensors cover the data exactly, in order. */
function checkCoverage(entries: readonly HeaderEntry[], dataBytes: number): void {
  let end = 0;
  for (const entry of entries) {
    const name = JSON.stringify(entry.name);
    if (entry.begin < end) throw new InputError(`tensor ${name} overlaps the one before it`);
    if (entry.begin > end) {
      throw new InputError(`${entry.begin - end} unused bytes lie before tensor ${name}`);
    }
    if (entry.end > dataBytes) {
      throw new InputError(
        `the file is cut short: tensor ${name} ends at byte ${entry.end} of the data, ` +
          `which has ${dataBytes}`,
      );
    }
    end = entry.end;
  }
  if (end !== dataBytes) {
    throw new InputError(`${dataBytes - end} unused bytes follow the last tensor`);
  }
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** A value from the file, shortened for a message. */
function excerpt(value: unknown): string {
  if (value === undefined) return "missing";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
