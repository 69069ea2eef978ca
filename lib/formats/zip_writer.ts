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

/**
 * An archive of `files` in their order. Throws {@linkcode InputError} beyond 4 GiB or 65534 files,
 * which would need zip64 records.
 */
export function writeZip(files: readonly ZipFile[]): Uint8Array<ArrayBuffer> {
  let end = 0;
  let directoryBytes = 0;
  const places = files.map(({ name, bytes }) => {
    const encoded = new TextEncoder().encode(name);
    const offset = end;
    const unpadded = offset + LOCAL_HEADER_BYTES + encoded.length + EXTRA_HEADER_BYTES;
    const start = Math.ceil(unpadded / ALIGNMENT) * ALIGNMENT;
    end = start + bytes.length;
    directoryBytes += DIRECTORY_HEADER_BYTES + encoded.length;
    return { encoded, bytes, offset, start, padding: start - unpadded };
  });
  const size = end + directoryBytes + END_BYTES;
  if (size >= 2 ** 32 || files.length >= 2 ** 16 - 1) {
    throw new InputError(
      `a zip archive of ${files.length} files and ${size} bytes is too large: below 4 GiB and 65535 files ` +
        `are possible`,
    );
  }
  const archive = new Uint8Array(size);
  const writer = new FieldWriter(archive);
  let directoryAt = end;
  for (const { encoded, bytes, offset, start, padding } of places) {
    const crc = crc32(bytes);
    writer.at = offset;
    writer.u32(LOCAL_HEADER).u16(VERSION);
    const describe = (extraBytes: number) =>
      writer.u16(UTF8).u16(0).u16(0).u16(FIRST_DAY).u32(crc).u32(bytes.length).u32(bytes.length)
        .u16(encoded.length).u16(extraBytes);
    describe(EXTRA_HEADER_BYTES + padding).put(encoded).u16(PADDING_EXTRA).u16(padding);
    archive.set(bytes, start);
    writer.at = directoryAt;
    writer.u32(DIRECTORY_HEADER).u16(VERSION).u16(VERSION);
    // No comment, disk 0, no attributes.
    describe(0).u16(0).u16(0).u16(0).u32(0).u32(offset).put(encoded);
    directoryAt = writer.at;
  }
  writer.u32(END).u32(0).u16(files.length).u16(files.length);
  writer.u32(directoryBytes).u32(end).u16(0);
  return archive;
}

/** Writes little-endian fields in sequence. */
class FieldWriter {
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
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
    this.#bytes.set(bytes, this.at);
    this.at += bytes.length;
    return this;
  }
}
