/**
 * The file operations from which a replacement in one step is made: a hidden name, a new file that
 * is synced, a second name for a file, a synced folder.
 *
 * @module
 */
import { fnv1a } from "../core/random.ts";

/**
 * The hidden name under which a file is written before it is renamed. It has a fixed length, so it
 * fits wherever the name fits. It is deterministic, so the remains of a killed run are replaced.
 */
export function partialName(path: string): string {
  return `.sonoseg-${fnv1a(path).toString(16).padStart(8, "0")}.partial`;
}

/** Writes and syncs a file that must not exist yet, so that no planted link is followed. */
export async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  for (let written = 0; written < bytes.length;) {
    written += await file.write(bytes.subarray(written));
  }
  await file.sync();
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
