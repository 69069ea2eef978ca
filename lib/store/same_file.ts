/**
 * Opens a path in such a way that the opened file is the one whose place was checked.
 *
 * A check of a path says nothing about the path a moment later: a folder on the way may have been
 * exchanged for a link that leads out of the data directory. An opened file stays the same. So the
 * place is checked after opening, and device and inode of the file there must be those of the
 * opened file. A program that exchanges folders all the time could hit the gap between the two
 * look-ups of one check. The check is therefore repeated; what remains is in docs/data.md.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";

/** How often the place of an opened file is compared. */
const COMPARISONS = 4;

/** How often a path is opened whose file changes, since files are replaced by renaming. */
const ATTEMPTS = 20;

/** A directory whose files are opened. */
export interface Place {
  /** Follows the links of a path; throws `InputError` if it leads outside. */
  realPath(path: string): Promise<string>;
  /**
   * Whether Deno tells the inode of an open file. It does not where the directory was given by a
   * path with a link in it, since the permission is for that path. Then only paths are compared.
   */
  readonly tellsInodes: boolean;
}

/**
 * Opens a file that exists.
 *
 * @throws {InputError} if the path leads outside, or changes again and again.
 */
export async function openSame(
  path: string,
  options: Deno.OpenOptions,
  place: Place,
): Promise<Deno.FsFile> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const file = await Deno.open(path, options);
    try {
      if (await liesAt(file, path, place)) return file;
    } catch (error) {
      file.close();
      // A file that was removed after it was opened is looked for again.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      continue;
    }
    file.close();
  }
  throw new InputError(`${path} changes while it is opened; stop the program that changes it`);
}

/** Whether an opened file is the file at a path. Throws if the path leads outside. */
export async function liesAt(
  file: Deno.FsFile,
  path: string,
  place: Place,
): Promise<boolean> {
  const opened = place.tellsInodes ? await file.stat() : undefined;
  for (let comparison = 0; comparison < COMPARISONS; comparison++) {
    const there = await Deno.lstat(await place.realPath(path));
    if (opened === undefined) continue;
    if (!isSame(opened.ino, there.ino) || !isSame(opened.dev, there.dev)) return false;
  }
  return true;
}

/** Compares two numbers that some systems do not tell. */
function isSame(one: number | null, other: number | null): boolean {
  return one === null || other === null || one === other;
}
