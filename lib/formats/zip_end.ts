/**
 * Finds the directory of a zip archive, from the records at the file's end. Numbers in brackets are
 * the sections of PKWARE's APPNOTE.TXT 6.3.10.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { plural } from "../core/plural.ts";
import { ByteReader } from "./byte_reader.ts";

/** What messages call an archive. */
export const WHAT = "the zip archive";
const END_64 = 0x06064b50;
const END_64_LOCATOR = 0x07064b50;
export const END = 0x06054b50;
export const END_BYTES = 22;
const END_64_BYTES = 56;
const LOCATOR_BYTES = 20;
export const DIRECTORY_HEADER_BYTES = 46;
/** Marks a 32-bit field whose value is in a 64-bit one elsewhere. */
export const IN_EXTRA = 0xffffffff;
/** How far before the file's end a misplaced end record is looked for: the longest comment. */
const MOST_BEHIND = 65_535;

/** Whether a file begins with a zip signature. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;
}

/**
 * The offset and the number of entries of the directory, from the records at the end of the file
 * [4.3.14 to 4.3.16].
 */
export function findDirectory(bytes: Uint8Array): { count: number; start: number; end: number } {
  const endAt = bytes.length - END_BYTES;
  const reader = new ByteReader(bytes, WHAT, Math.max(0, endAt));
  if (endAt < 0 || reader.u32() !== END) {
    const behind = bytesBehind(bytes);
    const why = behind === 0
      ? "is cut short: its directory does not stand at the file's end"
      : `is cut short, or has ${plural(behind, "byte")} behind its end, such as a comment, which ` +
        `PyTorch never writes`;
    throw new InputError(`${WHAT} ${why}`);
  }
  const disks = reader.u32();
  const [countHere, count32] = [reader.u16(), reader.u16()];
  const [size32, start32] = [reader.u32(), reader.u32()];
  if (disks !== 0 || countHere !== count32 || reader.u16() !== 0) {
    throw new InputError(`${WHAT} has a comment or several parts, which PyTorch never writes`);
  }
  const found = findZip64Directory(bytes, endAt) ??
    { count: count32, size: size32, start: start32, end: endAt };
  const { count, size, start, end } = found;
  const agrees = [[count, count32, 0xffff], [size, size32, IN_EXTRA], [start, start32, IN_EXTRA]]
    .every(([value, narrow, most]) => narrow === value || (narrow === most && value >= most));
  if (!agrees || start + size !== end || size < count * DIRECTORY_HEADER_BYTES) {
    throw new InputError(
      `${WHAT} is damaged: its directory of ${count} entries should take ${size} bytes from byte ` +
        `${start} and end at byte ${end}`,
    );
  }
  return { count, start, end };
}

/** The number of bytes behind an end record that does not end the file; 0 without one. */
function bytesBehind(bytes: Uint8Array): number {
  const first = Math.max(0, bytes.length - END_BYTES - MOST_BEHIND);
  for (let at = bytes.length - END_BYTES - 1; at >= first; at--) {
    if (bytes[at] !== 0x50 || bytes[at + 1] !== 0x4b) continue;
    if (new ByteReader(bytes, WHAT, at).u32() === END) return bytes.length - END_BYTES - at;
  }
  return 0;
}

/** The zip64 end record, if a locator precedes the 32-bit one. */
function findZip64Directory(bytes: Uint8Array, endAt: number) {
  const end = endAt - LOCATOR_BYTES - END_64_BYTES;
  if (end < 0) return undefined;
  const locator = new ByteReader(bytes, WHAT, endAt - LOCATOR_BYTES);
  if (locator.u32() !== END_64_LOCATOR) return undefined;
  const [disk, recordAt, disks] = [locator.u32(), locator.u64(), locator.u32()];
  const record = new ByteReader(bytes, WHAT, end);
  const signature = record.u32();
  const recordBytes = record.u64() + 12;
  record.skip(4); // versions
  const partOfSeveral = record.u64() !== 0;
  const [countHere, count, size, start] = [
    record.u64(),
    record.u64(),
    record.u64(),
    record.u64(),
  ];
  // The number of disks is 1 in miniz, which PyTorch uses, and in most programs; a few write 0.
  const wrong = signature !== END_64 || recordAt !== end || recordBytes !== END_64_BYTES ||
    disk !== 0 || disks > 1 || partOfSeveral || countHere !== count;
  if (wrong && recordAt < end && isZip(bytes.subarray(end - recordAt))) {
    throw new InputError(
      `it holds several zip archives, one behind the other, as torch.distributed.checkpoint writes ` +
        `them (.distcp); join the folder's files with python -m ` +
        `torch.distributed.checkpoint.format_utils dcp_to_torch FOLDER model.pth`,
    );
  }
  if (wrong) throw new InputError(`${WHAT} is damaged: its 64-bit end record is not right`);
  return { count, size, start, end };
}
