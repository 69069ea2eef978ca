/**
 * File operations from which a replacement in one step is made: a second name for a file, a synced
 * folder; and reading an open file.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { lockIfFree } from "./partial_files.ts";
import { openSame, type Place } from "./same_file.ts";

/** Reads the first `length` bytes of an open file, fewer where it is shorter. */
export async function readBeginning(
  file: Deno.FsFile,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let at = 0;
  while (at < length) {
    const count = await file.read(bytes.subarray(at));
    if (count === null) break;
    at += count;
  }
  return bytes.subarray(0, at);
}

/** Bytes that are read at once beyond the expected end of a file. */
const MORE = 2 ** 12;

/**
 * Reads an open file to its end. `size` is what it is expected to have, in bytes.
 *
 * @throws {InputError} if it has more than `limit` bytes.
 */
export async function readAll(
  file: Deno.FsFile,
  size: number,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  let bytes = new Uint8Array(size);
  let at = 0;
  for (;;) {
    const isFull = at === bytes.length;
    // The expected end is seen only by reading on. A file that was replaced may be longer.
    const room = isFull ? new Uint8Array(Math.max(MORE, at)) : bytes.subarray(at);
    const count = await file.read(room);
    if (count === null) return at === bytes.length ? bytes : bytes.slice(0, at);
    if (isFull) {
      if (at + count > limit) throw new InputError(`it has more than ${limit} bytes`);
      const longer = new Uint8Array(at + room.length);
      longer.set(bytes);
      longer.set(room.subarray(0, count), at);
      bytes = longer;
    }
    at += count;
  }
}

/**
 * Holds the lock of a file while it is linked. Its second name is then no leftover of a dead
 * process, since both names are one file.
 */
export async function keepLocked(path: string, place: Place): Promise<Disposable> {
  const file = await openSame(path, { read: true, write: true }, place);
  await lockIfFree(file);
  return file;
}

/** Hard-links a file, or makes a synced copy. */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await Deno.link(from, to);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw error;
    await Deno.copyFile(from, to);
    using file = await Deno.open(to, { read: true, write: true });
    await file.sync();
  }
}

/** Syncs a folder's entries to the disk, on systems that can open a folder. */
export async function syncFolder(path: string): Promise<void> {
  try {
    using folder = await Deno.open(path, { read: true });
    await folder.sync();
  } catch {
    // The system then syncs the folder later; the file itself is already synced.
  }
}

/** Removes a file; nothing there is fine. */
export async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
