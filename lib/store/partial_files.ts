/**
 * Partial files: hidden files that are written before they are renamed.
 *
 * Each write has a name of its own, so two processes never write to one partial file. The writer
 * holds a lock on it. The system releases the lock when the process ends, however it ends, so the
 * partial file of a dead process is recognised by its free lock and removed.
 *
 * @module
 */
import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { fnv1a } from "../core/random.ts";
import { liesAt, type Place } from "./same_file.ts";

/** The partial files of this version, and those of earlier ones, without the random part. */
const PARTIAL = /^\.sonoseg-[0-9a-f]{8}(-[0-9a-f]{8})?\.partial$/;

/** On a disk without locks, a partial file that is older than a day counts as left over. */
const LEFT_OVER_MS = 24 * 3600 * 1000;

const ATTEMPTS = 20;

/**
 * A new name for a partial file of `path`. It has a fixed length, so it fits wherever that fits.
 */
export function partialName(path: string): string {
  const random = crypto.getRandomValues(new Uint32Array(1))[0];
  return `.sonoseg-${hex(fnv1a(path))}-${hex(random)}.partial`;
}

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}

/** An open, empty, locked partial file. */
export interface PartialFile {
  readonly path: string;
  readonly file: Deno.FsFile;
}

/**
 * Creates the partial file of `path` in a folder. No link is followed, since the file must be new.
 * Nothing is written to it before its place is checked; a file elsewhere is removed again.
 *
 * @throws {InputError} if the folder leads outside, or changes again and again.
 */
export async function newPartial(
  folder: string,
  path: string,
  place: Place,
): Promise<PartialFile> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const partial = join(folder, partialName(path));
    const file = await Deno.open(partial, { read: true, write: true, createNew: true });
    try {
      if (await lockIfFree(file) !== false && await liesAt(file, partial, place)) {
        return { path: partial, file };
      }
    } catch (error) {
      file.close();
      await removeStray(partial);
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      continue;
    }
    file.close();
    await removeStray(partial);
  }
  throw new InputError(`${folder} changes while it is written to; stop the program that does it`);
}

/**
 * Removes a file whose folder is exchanged for a link again and again: its path leads to it now and
 * then only. No other file has its random name.
 */
export async function removeStray(path: string): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      return await Deno.remove(path);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
    }
  }
}

/** Writes all bytes and syncs them. */
export async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await file.write(bytes.subarray(written));
  }
  await file.sync();
}

/**
 * Removes the partial files that dead processes left in a folder. What cannot be removed stays: it
 * is hidden and in nobody's way.
 */
export async function removeLeftovers(folder: string): Promise<void> {
  try {
    for await (const { name, isFile, isSymlink } of Deno.readDir(folder)) {
      if (!PARTIAL.test(name)) continue;
      const path = join(folder, name);
      // No partial file is a link. A link is removed; its target is not touched.
      if (isSymlink || isFile && await isLeftOver(path)) await Deno.remove(path);
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
}

async function isLeftOver(path: string): Promise<boolean> {
  using file = await Deno.open(path, { read: true, write: true });
  const free = await lockIfFree(file);
  if (free !== undefined) return free;
  const { mtime } = await Deno.lstat(path);
  return mtime !== null && Date.now() - mtime.getTime() > LEFT_OVER_MS;
}

/**
 * Locks an open file. Returns false if another holds the lock, `undefined` on a disk without locks.
 */
export async function lockIfFree(
  file: Deno.FsFile,
  exclusive = true,
): Promise<boolean | undefined> {
  try {
    return await file.tryLock(exclusive);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return undefined;
  }
}
