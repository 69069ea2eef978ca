/**
 * Files that a browser was given, as a place in which images are found.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { baseName, folderName } from "../core/paths.ts";
import { MOST_FILE_BYTES } from "../image/codecs/header.ts";
import type { EntryKind, FileFinder, WalkRules } from "../store/store.ts";
import { type WalkedEntry, walkFolder } from "../store/walk.ts";

/** A file with its path: its name, or the path from the folder that was chosen. */
export interface DroppedFile {
  readonly path: string;
  readonly file: Blob;
}

/** Finds files by path. */
export class DroppedFiles implements FileFinder {
  readonly #files: ReadonlyMap<string, Blob>;
  /** The entries of each folder. */
  readonly #folders = new Map<string, Map<string, EntryKind>>([["", new Map()]]);

  constructor(files: readonly DroppedFile[]) {
    this.#files = new Map(files.map(({ path, file }) => [path, file]));
    for (const { path } of files) this.#list(path, "file");
  }

  /** Puts an entry into its folder, and that into the one above. */
  #list(path: string, kind: EntryKind): void {
    const folder = folderName(path);
    const entries = this.#folders.get(folder) ?? new Map<string, EntryKind>();
    if (!this.#folders.has(folder)) {
      this.#folders.set(folder, entries);
      this.#list(folder, "folder");
    }
    entries.set(baseName(path), kind);
  }

  resolve(path: string): string {
    return path;
  }

  relative(path: string): string {
    return path;
  }

  kindOf(path: string): Promise<EntryKind | undefined> {
    const kind = this.#files.has(path) ? "file" : this.#folders.has(path) ? "folder" : undefined;
    return Promise.resolve(kind);
  }

  async readStart(path: string, length: number): Promise<Uint8Array<ArrayBuffer>> {
    return await bytesOf(path, this.#files.get(path)!.slice(0, length));
  }

  async walk(path = "", rules: WalkRules = {}): Promise<string[]> {
    const entries = (folder: string): Promise<WalkedEntry[]> => {
      const named = [...this.#folders.get(folder) ?? []].sort(([a], [b]) => a < b ? -1 : 1);
      const inside = (name: string) => folder === "" ? name : `${folder}/${name}`;
      return Promise.resolve(named.map(([name, kind]) => ({ name, kind, path: inside(name) })));
    };
    const target = (path: string) => Promise.resolve(path);
    return await walkFolder({ entries, target, kindOf: (path) => this.kindOf(path) }, path, rules);
  }
}

/**
 * The bytes of an image file.
 *
 * @throws {InputError} for a file that is too large for an image, or that cannot be read any more.
 */
export async function bytesOf(path: string, file: Blob): Promise<Uint8Array<ArrayBuffer>> {
  if (file.size > MOST_FILE_BYTES) {
    throw new InputError(`${path} has ${file.size} bytes, expected at most ${MOST_FILE_BYTES}`);
  }
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (error) {
    throw new InputError(
      `${path} cannot be read (${
        (error as Error).message
      }): it was moved or changed since it was ` +
        `chosen, or its disk is gone; choose it again`,
    );
  }
}
