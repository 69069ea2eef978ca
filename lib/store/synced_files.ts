/**
 * File operations from which a replacement in one step is made: a second name for a file, a synced
 * folder; and reading an open file.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { lockIfFree } from "./partial_files.ts";
import { openSame, type RealPath } from "./same_file.ts";

/** Reads an open file to the end that it had when it was opened. */
export async function readAll(
  file: Deno.FsFile,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const { size } = await file.stat();
  if (size > limit) throw new InputError(`it has ${size} bytes, expected at most ${limit}`);
  return await readBeginning(file, size);
}

/** Reads the first `length` bytes, fewer where the file is shorter or was cut short meanwhile. */
export async function readBeginning(
  file: Deno.FsFile,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let at = 0;
  while (at < length) {
    const count = await file.read(bytes.subarray(at));
    if (count === null) return bytes.slice(0, at);
    at += count;
  }
  return bytes;
}

/**
 * Holds the lock of a file while it is linked. Its second name is then no leftover of a dead
 * process, since both names are one file.
 */
export async function keepLocked(path: string, realPath: RealPath): Promise<Disposable> {
  const file = await openSame(path, { read: true, write: true }, realPath);
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
