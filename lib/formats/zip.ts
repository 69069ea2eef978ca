/**
 * Reads zip archives strictly: the directory at the end must agree with the headers before the
 * data, entries must not overlap, and names must be unique. Two programs therefore cannot read
 * different contents.
 *
 * The reader supports stored and deflated entries, with the 64-bit records ("zip64") and data
 * descriptors that PyTorch writes. It refuses encryption, several disks and comments, which PyTorch
 * does not write. Specification: PKWARE, APPNOTE.TXT 6.3.10; numbers in brackets below are its
 * sections.
 *
 * @module
 */
import { crc32 } from "../core/crc32.ts";
import { InputError } from "../core/errors.ts";
import { ByteReader, decodeText, quoted } from "./byte_reader.ts";
import { inflate } from "./inflate.ts";
import { findDirectory, IN_EXTRA, WHAT } from "./zip_end.ts";

/** A file in an archive. */
export interface ZipEntry {
  readonly name: string;
  readonly deflated: boolean;
  readonly crc: number;
  /** Size in the archive, in bytes. */
  readonly storedSize: number;
  /** Size of the file, in bytes. */
  readonly size: number;
  /** Offset of its data in the archive. */
  readonly start: number;
}

/** The entries of an archive by name. */
export type ZipEntries = ReadonlyMap<string, ZipEntry>;

export const LOCAL_HEADER = 0x04034b50;
const DESCRIPTOR = 0x08074b50;
export const DIRECTORY_HEADER = 0x02014b50;
const ZIP64_EXTRA = 1;
/** The limit of entries. A checkpoint has one entry for each tensor. */
const MOST_ENTRIES = 100_000;

/** General purpose bits [4.4.4]: the sizes follow the data; names are UTF-8; deflate's level. */
const SIZES_FOLLOW = 0x8;
const HARMLESS_FLAGS = SIZES_FOLLOW | 0x800 | 0x6;

/**
 * Reads and checks the directory and all headers. Throws {@linkcode InputError} with the defect.
 */
export function readZip(bytes: Uint8Array): ZipEntries {
  const { count, start, end } = findDirectory(bytes);
  if (count > MOST_ENTRIES) {
    throw new InputError(`${WHAT} has ${count} entries; at most ${MOST_ENTRIES} are read`);
  }
  const reader = new ByteReader(bytes.subarray(0, end), WHAT, start);
  const entries = new Map<string, ZipEntry>();
  const places: { start: number; end: number; name: string }[] = [];
  for (let i = 0; i < count; i++) {
    const header = readDirectoryHeader(reader);
    const { name } = header;
    if (entries.has(name)) throw new InputError(`${WHAT} holds ${quoted(name)} twice`);
    const { entry, end } = checkLocalHeader(bytes.subarray(0, start), header);
    entries.set(name, entry);
    places.push({ start: header.offset, end, name });
  }
  if (reader.left > 0) throw new InputError(`${WHAT} has bytes behind its directory`);
  places.sort((a, b) => a.start - b.start);
  for (let i = 1; i < places.length; i++) {
    if (places[i].start < places[i - 1].end) {
      throw new InputError(
        `${WHAT}'s entries ${quoted(places[i - 1].name)} and ${quoted(places[i].name)} overlap`,
      );
    }
  }
  return entries;
}

/**
 * The bytes of an entry: a view of `archive` for a stored one. Throws {@linkcode InputError} for an
 * entry of more than `most` bytes or with a wrong checksum.
 */
export function readEntry(archive: Uint8Array, entry: ZipEntry, most: number): Uint8Array {
  const { name, size, start, storedSize } = entry;
  if (size > most) {
    throw new InputError(
      `${WHAT}'s entry ${quoted(name)} has ${size} bytes; at most ${most} can be right`,
    );
  }
  const stored = archive.subarray(start, start + storedSize);
  const bytes = entry.deflated ? inflate(stored, size, `${WHAT}'s entry ${quoted(name)}`) : stored;
  if (crc32(bytes) !== entry.crc) {
    throw new InputError(`${WHAT}'s entry ${quoted(name)} is damaged: its CRC-32 does not match`);
  }
  return bytes;
}

/** The directory's header of an entry [4.3.12]. */
interface DirectoryHeader {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly storedSize: number;
  readonly size: number;
  readonly offset: number;
}

function readDirectoryHeader(reader: ByteReader): DirectoryHeader {
  if (reader.u32() !== DIRECTORY_HEADER) {
    throw new InputError(`${WHAT}'s directory is damaged at byte ${reader.at - 4}`);
  }
  reader.skip(4); // versions
  const [flags, method] = [reader.u16(), reader.u16()];
  reader.skip(4); // time and date
  const [crc, stored32, size32] = [reader.u32(), reader.u32(), reader.u32()];
  const [nameBytes, extraBytes, commentBytes] = [reader.u16(), reader.u16(), reader.u16()];
  const disk = reader.u16();
  reader.skip(6); // attributes
  const offset32 = reader.u32();
  const name = checkName(reader.take(nameBytes));
  // The extra field holds the values that do not fit into 32 bits, in this order [4.5.3].
  const wide = zip64Values(reader.take(extraBytes), name);
  const size = size32 === IN_EXTRA ? wide.u64() : size32;
  const storedSize = stored32 === IN_EXTRA ? wide.u64() : stored32;
  const offset = offset32 === IN_EXTRA ? wide.u64() : offset32;
  reader.skip(commentBytes);
  if ((flags & ~HARMLESS_FLAGS) !== 0 || disk !== 0) {
    throw new InputError(`${WHAT}'s entry ${quoted(name)} is encrypted or in parts`);
  }
  if ((method !== 0 && method !== 8) || (method === 0 && size !== storedSize)) {
    throw new InputError(
      `${WHAT}'s entry ${quoted(name)} is packed by method ${method}, from ${size} to ` +
        `${storedSize} bytes; readable are 0 (stored as it is) and 8 (deflated)`,
    );
  }
  return { name, flags, method, crc, storedSize, size, offset };
}

/** The values of the zip64 extra field; empty if there is none. */
function zip64Values(extra: Uint8Array, name: string): ByteReader {
  const what = `the extra field of ${WHAT}'s entry ${quoted(name)}`;
  const reader = new ByteReader(extra, what);
  while (reader.left >= 4) {
    const [kind, bytes] = [reader.u16(), reader.u16()];
    const field = reader.take(bytes);
    if (kind === ZIP64_EXTRA) return new ByteReader(field, what);
  }
  return new ByteReader(new Uint8Array(0), what);
}

/**
 * Checks a name. Names are only compared here, but a name that leads out of its folder marks a
 * hostile file.
 */
function checkName(bytes: Uint8Array): string {
  const name = decodeText(bytes, `a name in ${WHAT}`);
  const parts = name.split("/");
  if (name === "" || name.includes("\\") || name.includes("\0") || parts[0] === "") {
    throw new InputError(`${WHAT} has an entry named ${quoted(name)}, which is no name of a file`);
  }
  if (parts.includes("..")) {
    throw new InputError(`${WHAT} has an entry named ${quoted(name)}, which leads out of it`);
  }
  return name;
}

/**
 * Compares the header before an entry's data [4.3.7] with the directory. `archive` ends at the
 * directory. Returns the entry and its end, including its data descriptor [4.3.9].
 */
function checkLocalHeader(
  archive: Uint8Array,
  header: DirectoryHeader,
): { entry: ZipEntry; end: number } {
  const { name, flags, method, crc, storedSize, size, offset } = header;
  if (offset > archive.length) {
    throw new InputError(`${WHAT}'s entry ${quoted(name)} would begin behind the directory`);
  }
  const reader = new ByteReader(archive, WHAT, offset);
  const differs = (what: string) =>
    new InputError(`${WHAT}'s directory and its entry ${quoted(name)} do not agree on ${what}`);
  if (reader.u32() !== LOCAL_HEADER) throw differs("where it begins");
  reader.skip(2); // version
  if (reader.u16() !== flags || reader.u16() !== method) throw differs("how it is packed");
  reader.skip(4); // time and date
  const [localCrc, stored32, size32] = [reader.u32(), reader.u32(), reader.u32()];
  const [nameBytes, extraBytes] = [reader.u16(), reader.u16()];
  if (decodeText(reader.take(nameBytes), `a name in ${WHAT}`) !== name) throw differs("its name");
  const wide = zip64Values(reader.take(extraBytes), name);
  const localSize = size32 === IN_EXTRA ? wide.u64() : size32;
  const localStored = stored32 === IN_EXTRA ? wide.u64() : stored32;
  const follows = (flags & SIZES_FOLLOW) !== 0;
  const unknown = follows && localCrc === 0 && localSize === 0 && localStored === 0;
  if (!unknown && (localCrc !== crc || localSize !== size || localStored !== storedSize)) {
    throw differs("its size or checksum");
  }
  const start = reader.skip(storedSize);
  let end = reader.at;
  if (follows) {
    // The sizes have 32 or 64 bits; writers differ.
    const found = [4, 8].find((width) => isDescriptor(archive, end, width, header));
    if (found === undefined) throw differs("what follows its data");
    end += 8 + 2 * found;
  }
  const entry = { name, deflated: method === 8, crc, storedSize, size, start };
  return { entry, end };
}

/**
 * Whether the bytes at `at` are a data descriptor with sizes of `width` bytes that agrees with the
 * directory.
 */
function isDescriptor(
  archive: Uint8Array,
  at: number,
  width: number,
  { crc, storedSize, size }: DirectoryHeader,
): boolean {
  if (at + 8 + 2 * width > archive.length) return false;
  const reader = new ByteReader(archive, WHAT, at);
  const number = () => width === 4 ? reader.u32() : reader.u64();
  return reader.u32() === DESCRIPTOR && reader.u32() === crc && number() === storedSize &&
    number() === size;
}
