/**
 * Writes zip archives of stored entries, aligned as PyTorch aligns them, so that readers can map
 * them.
 *
 * Archives hold no times and no attributes, so equal files give equal archives. Specification:
 * PKWARE, APPNOTE.TXT 6.3.10.
 *
 * @module
 */
import { crc32 } from "../core/crc32.ts";
import { InputError } from "../core/errors.ts";
import { DIRECTORY_HEADER, LOCAL_HEADER } from "./zip.ts";
import { DIRECTORY_HEADER_BYTES, END, END_BYTES } from "./zip_end.ts";

/** A file of an archive. */
export interface ZipFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * PyTorch pads with an extra field of this number ("FB") so that data begins at multiples of 64
 * bytes.
 */
const PADDING_EXTRA = 0x4246;
const ALIGNMENT = 64;
const EXTRA_HEADER_BYTES = 4;

const LOCAL_HEADER_BYTES = 30;
const VERSION = 20;
/** General purpose bit: names are UTF-8. */
const UTF8 = 0x800;
/** 1 January 1980, the earliest date of zip files. */
const FIRST_DAY = 0x21;

/** A file of an archive whose bytes are elsewhere. */
export interface ZipEntry {
  readonly name: string;
  /** The number of its bytes, and their CRC-32. */
  readonly size: number;
  readonly crc: number;
}

/** What an archive has around the bytes of its files. */
export interface ZipFrame {
  /** What stands before each file. */
  readonly heads: readonly Uint8Array<ArrayBuffer>[];
  /** What stands behind the last. */
  readonly end: Uint8Array<ArrayBuffer>;
}

/** An archive of `files` in their order. Throws as {@linkcode zipFrame}. */
export function writeZip(files: readonly ZipFile[]): Uint8Array<ArrayBuffer> {
  const entries = files.map(({ name, bytes }) => ({
    name,
    size: bytes.length,
    crc: crc32(bytes),
  }));
  const { heads, end } = zipFrame(entries);
  const parts = [...files.flatMap(({ bytes }, k) => [heads[k], bytes]), end];
  const archive = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    archive.set(part, at);
    at += part.length;
  }
  return archive;
}

/**
 * The frame of an archive, for files that are too many to be held at once. Throws
 * {@linkcode InputError} beyond 4 GiB or 65534 files, which would need zip64 records.
 */
export function zipFrame(entries: readonly ZipEntry[]): ZipFrame {
  let end = 0;
  let directoryBytes = 0;
  const places = entries.map(({ name, ...entry }) => {
    const encoded = new TextEncoder().encode(name);
    const offset = end;
    const unpadded = offset + LOCAL_HEADER_BYTES + encoded.length + EXTRA_HEADER_BYTES;
    const start = Math.ceil(unpadded / ALIGNMENT) * ALIGNMENT;
    end = start + entry.size;
    directoryBytes += DIRECTORY_HEADER_BYTES + encoded.length;
    return { ...entry, encoded, offset, start, padding: start - unpadded };
  });
  const total = end + directoryBytes + END_BYTES;
  if (total >= 2 ** 32 || entries.length >= 2 ** 16 - 1) {
    throw new InputError(
      `a zip archive of ${entries.length} files and ${total} bytes is too large: below 4 GiB and 65535 files ` +
        `are possible`,
    );
  }
  const directory = new FieldWriter(directoryBytes + END_BYTES);
  const heads = places.map(({ encoded, size, crc, offset, start, padding }) => {
    const describe = (writer: FieldWriter, extraBytes: number) =>
      writer.u16(UTF8).u16(0).u16(0).u16(FIRST_DAY).u32(crc).u32(size).u32(size)
        .u16(encoded.length).u16(extraBytes);
    const head = new FieldWriter(start - offset).u32(LOCAL_HEADER).u16(VERSION);
    describe(head, EXTRA_HEADER_BYTES + padding).put(encoded).u16(PADDING_EXTRA).u16(padding);
    directory.u32(DIRECTORY_HEADER).u16(VERSION).u16(VERSION);
    // No comment, disk 0, no attributes.
    describe(directory, 0).u16(0).u16(0).u16(0).u32(0).u32(offset).put(encoded);
    return head.bytes;
  });
  directory.u32(END).u32(0).u16(entries.length).u16(entries.length);
  directory.u32(directoryBytes).u32(end).u16(0);
  return { heads, end: directory.bytes };
}

/** Writes little-endian fields in sequence; what is left of its bytes stays 0. */
class FieldWriter {
  at = 0;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
  }

  u16(value: number): this {
    this.#view.setUint16(this.at, value, true);
    this.at += 2;
    return this;
  }

  u32(value: number): this {
    this.#view.setUint32(this.at, value, true);
    this.at += 4;
    return this;
  }

  put(bytes: Uint8Array): this {
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
    return this;
  }
}
