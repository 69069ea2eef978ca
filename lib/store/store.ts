/**
 * The only door to files: what the library asks of a place that keeps them. Deno's folder is one
 * (folder.ts); a page's may be another.
 *
 * Paths are relative to the store, with "/" between their parts; "" is the store itself. A store
 * also takes its own absolute paths. No path leads out of it.
 *
 * @module
 */

/** What a path leads to; "other" is a pipe, a device or a socket. */
export type EntryKind = "file" | "folder" | "other";

/** One entry of a folder. */
export interface Entry {
  readonly name: string;
  /** From the store, with "/" between the parts. */
  readonly path: string;
  /** What it is, or what its link leads to. */
  readonly kind: EntryKind;
}

/** Says which files and folders {@linkcode FileStore.walk} leaves out. */
export type Skip = (entry: { readonly name: string; readonly path: string }) =>
  | boolean
  | Promise<boolean>;

/** A place that keeps files. Every method throws `InputError` for a path that leads outside. */
export interface FileStore {
  /** The path by which the user finds a file: absolute on a disk. */
  resolve(path: string): string;

  /** A path as seen from the store. */
  relative(path: string): string;

  /**
   * The bytes of a file.
   *
   * @throws InputError when it is missing, no plain file, unreadable, or larger than `limit` bytes.
   */
  readFile(path: string, options?: { limit?: number }): Promise<Uint8Array<ArrayBuffer>>;

  /** A file as text in UTF-8. Throws like {@linkcode readFile}. */
  readText(path: string): Promise<string>;

  /**
   * Writes a file (text in UTF-8) so that at any moment either the old or the new one is there, whole. Two writes of
   * one file must not overlap.
   *
   * @throws InputError when that fails; the old file is unchanged.
   */
  writeFile(path: string, content: Uint8Array | string): Promise<void>;

  /**
   * Keeps what a file holds now under a second name as well, which is replaced in one step.
   *
   * @throws InputError when that fails; both names then hold what they held.
   */
  keepAs(path: string, second: string): Promise<void>;

  /** Makes a folder and those above it where they are missing. Throws InputError when it cannot. */
  makeFolder(path: string): Promise<void>;

  /** Removes a file, or a folder with all that is in it. Nothing there is fine. */
  remove(path: string): Promise<void>;

  /** What a path leads to, `undefined` when nothing is there. */
  kindOf(path: string): Promise<EntryKind | undefined>;

  /** Whether something is there. */
  exists(path: string): Promise<boolean>;

  /**
   * The entries of a folder, sorted by the code units of their names.
   *
   * @throws InputError when it cannot be read.
   */
  list(path?: string): Promise<Entry[]>;

  /**
   * The paths of all plain files in a folder and the folders below, sorted by code units. `skip` is
   * asked for each entry; a skipped folder is not entered.
   *
   * @throws InputError for a folder that cannot be read.
   */
  walk(path?: string, skip?: Skip): Promise<string[]>;
}
