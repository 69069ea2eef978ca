/**
 * The data directory and the output directory: each a {@linkcode FileStore} on the disk.
 *
 * Every path is relative to the directory and stays inside it (inside_paths.ts). The place of a
 * file is compared again once it is open (same_file.ts).
 *
 * @module
 */
import { dirname, join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { TEXT_LIMITS, textOf } from "../core/text.ts";
import { attempt, fileError } from "./file_errors.ts";
import { DATA, type FolderPurpose } from "./folder_purpose.ts";
import { InsidePaths } from "./inside_paths.ts";
import { heldBy, heldError, takeLock } from "./lock_file.ts";
import {
  newPartial,
  partialName,
  removeLeftovers,
  removeStray,
  writeAll,
} from "./partial_files.ts";
import { openSame, type Place } from "./same_file.ts";
import type { Entry, EntryKind, FileStore, Lock, WalkRules } from "./store.ts";
import {
  keepLocked,
  linkOrCopy,
  readAll,
  readBeginning,
  removeIfThere,
  syncFolder,
} from "./synced_files.ts";
import { type WalkedEntry, walkFolder } from "./walk.ts";

/** The default limit for reading a whole file: 4 GiB. */
const READ_LIMIT = 2 ** 32;

/**
 * A directory that exists. Paths given to its methods are relative to it, or absolute and inside.
 */
export class DataFolder implements FileStore {
  readonly #paths: InsidePaths;
  /** The directory as the helpers of this room need it. */
  readonly #place: Place;
  /** The folders in which the leftovers of dead processes have been removed. */
  readonly #tidied = new Set<string>();

  private constructor(paths: InsidePaths) {
    this.#paths = paths;
    this.#place = {
      realPath: (path) => paths.insidePath(path),
      tellsInodes: paths.root === paths.realRoot,
    };
  }

  /**
   * Opens a directory. A relative path starts at the current directory.
   *
   * @throws InputError when it is missing, not a folder, or unreadable.
   */
  static async open(root: string, purpose: FolderPurpose = DATA): Promise<DataFolder> {
    return new DataFolder(await InsidePaths.of(root, purpose));
  }

  /** Opens a directory; makes it first where it does not exist yet. */
  static async openOrMake(root: string, purpose: FolderPurpose = DATA): Promise<DataFolder> {
    try {
      // A home folder that the shell has not put in is missing; no folder "~" is made for it.
      if (!/^~/.test(root)) await Deno.mkdir(root, { recursive: true });
    } catch {
      // Opening it says better what is wrong.
    }
    return await DataFolder.open(root, purpose);
  }

  /**
   * Opens a directory; `undefined` where it does not exist.
   *
   * @throws {InputError} if it cannot be used.
   */
  static async openIfThere(
    root: string,
    purpose: FolderPurpose = DATA,
  ): Promise<DataFolder | undefined> {
    try {
      await Deno.lstat(root);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      // Opening it says better what is wrong.
    }
    return await DataFolder.open(root, purpose);
  }

  /** The directory as an absolute path. */
  get root(): string {
    return this.#paths.root;
  }

  /** Whether another name leads to the same directory. */
  isSameAs(other: DataFolder): boolean {
    return this.#paths.realRoot === other.#paths.realRoot;
  }

  /** The absolute path for a path: {@linkcode InsidePaths.resolve}. */
  resolve(path: string): string {
    return this.#paths.resolve(path);
  }

  /** A path relative to the directory: {@linkcode InsidePaths.relative}. */
  relative(path: string): string {
    return this.#paths.relative(path);
  }

  /**
   * The bytes of a file.
   *
   * @throws InputError when it is missing, not a plain file, unreadable, outside, or larger than
   *   `limit` bytes.
   */
  async readFile(
    path: string,
    { limit = READ_LIMIT }: { limit?: number } = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    return await this.#read(path, limit, (file, size) => readAll(file, size, limit));
  }

  /**
   * The first bytes of a file.
   *
   * @throws InputError when it is missing, not a plain file, unreadable, or outside.
   */
  async readStart(path: string, length: number): Promise<Uint8Array<ArrayBuffer>> {
    return await this.#read(path, Infinity, (file) => readBeginning(file, length));
  }

  /** Opens a plain file of at most `limit` bytes for `read`. */
  async #read<Result>(
    path: string,
    limit: number,
    read: (file: Deno.FsFile, size: number) => Promise<Result>,
  ): Promise<Result> {
    const absolute = await this.#paths.checked(path);
    const name = this.#paths.shown(path);
    return await attempt(`cannot read ${name}`, async () => {
      // Checked before opening, because opening a pipe would wait for its other end.
      const { isFile, isDirectory, size } = await Deno.stat(absolute);
      if (isDirectory) throw new InputError(`${name} is a folder, expected a file`);
      if (!isFile) throw new InputError(`${name} is not a plain file`);
      if (size > limit) {
        throw new InputError(`${name} has ${size} bytes, expected at most ${limit}`);
      }
      using file = await openSame(absolute, { read: true }, this.#place);
      return await read(file, size);
    });
  }

  /**
   * Reads a whole file as text in UTF-8.
   *
   * @throws InputError like {@linkcode readFile}, and for bytes that are no text.
   */
  async readText(
    path: string,
    { limit = TEXT_LIMITS.list }: { limit?: number } = {},
  ): Promise<string> {
    return textOf(await this.readFile(path, { limit }), this.#paths.shown(path));
  }

  /**
   * Writes a file atomically: to a hidden name in the same folder, synced, then renamed. At any
   * moment the old or the new file is complete, also when several processes write it.
   *
   * @throws InputError when writing fails (full disk, no permission, outside, a folder that is a
   *   link); the old file is unchanged.
   */
  async writeFile(path: string, content: Uint8Array | string): Promise<void> {
    const absolute = await this.#paths.checkedForWriting(path);
    const name = this.#paths.shown(path);
    const folder = dirname(absolute);
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await attempt(`cannot write ${name}`, async () => {
      await this.#tidy(folder);
      const partial = await newPartial(folder, name, this.#place);
      // The file stays open, and so locked, until it has its name.
      using file = partial.file;
      try {
        await writeAll(file, bytes);
        await Deno.rename(partial.path, absolute);
        await syncFolder(folder);
      } catch (error) {
        await removeStray(partial.path);
        throw error;
      }
    });
  }

  /**
   * Appends bytes to a file that exists, and syncs them.
   *
   * @throws InputError when the file is missing, a link or outside, or when writing fails.
   */
  async appendFile(path: string, bytes: Uint8Array): Promise<void> {
    const absolute = await this.#paths.checkedForWriting(path);
    const name = this.#paths.shown(path);
    await attempt(`cannot write ${name}`, async () => {
      // A link could lead to an image.
      const { isFile } = await Deno.lstat(absolute);
      if (!isFile) throw new InputError(`${name} is not a plain file`);
      using file = await openSame(absolute, { write: true, append: true }, this.#place);
      await writeAll(file, bytes);
    });
  }

  /** Removes the leftovers in a folder before its first use. */
  async #tidy(folder: string): Promise<void> {
    if (this.#tidied.has(folder)) return;
    this.#tidied.add(folder);
    await removeLeftovers(folder);
  }

  /**
   * Hard-links a file's current content to a second name, which is replaced atomically. The link
   * takes neither time nor space. On a file system without hard links the file is copied.
   *
   * @throws InputError when linking fails; both names then keep their content.
   */
  async keepAs(path: string, second: string): Promise<void> {
    const [from, to] = [
      await this.#paths.checked(path),
      await this.#paths.checkedForWriting(second),
    ];
    const name = this.#paths.shown(second);
    await attempt(`cannot keep ${this.#paths.shown(path)} as ${name}`, async () => {
      await this.#tidy(dirname(to));
      const temporary = join(dirname(to), partialName(name));
      using _lock = await keepLocked(from, this.#place);
      try {
        await linkOrCopy(from, temporary);
        await Deno.rename(temporary, to);
      } finally {
        // Renaming one link to another link of the same file does nothing.
        await removeIfThere(temporary);
      }
    });
  }

  /** Makes a folder and its missing parents. Throws InputError on failure. */
  async makeFolder(path: string): Promise<void> {
    // The name of a file in the folder, so that the folder itself is checked, too.
    const absolute = dirname(await this.#paths.checkedForWriting(join(this.resolve(path), "new")));
    await attempt(
      `cannot make the folder ${this.#paths.shown(path)}`,
      () => Deno.mkdir(absolute, { recursive: true }),
    );
  }

  /**
   * Makes a folder that does not exist yet, in a folder that does. Of several processes, exactly
   * one gets `true`. Throws InputError on failure.
   */
  async makeNewFolder(path: string): Promise<boolean> {
    const absolute = await this.#paths.checked(path);
    return await attempt(`cannot make the folder ${this.#paths.shown(path)}`, async () => {
      try {
        await Deno.mkdir(absolute);
        return true;
      } catch (error) {
        if (error instanceof Deno.errors.AlreadyExists) return false;
        throw error;
      }
    });
  }

  /** Takes a lock, or throws InputError that says who holds it. */
  async lock(path: string, doing: string, what: string): Promise<Lock> {
    const absolute = await this.#paths.checked(path);
    const taken = await attempt(
      `cannot write ${this.#paths.shown(path)}`,
      () => takeLock(absolute, doing, this.#place),
    );
    if ("release" in taken) return taken;
    throw heldError(what, absolute, taken.holder);
  }

  /** Throws InputError when another process holds a lock. */
  async checkFree(path: string, what: string): Promise<void> {
    const absolute = await this.#paths.checked(path);
    const holder = await attempt(
      `cannot read ${this.#paths.shown(path)}`,
      () => heldBy(absolute, this.#place),
    );
    if (holder !== undefined) throw heldError(what, absolute, holder);
  }

  /** Removes a folder that is empty. Returns whether it did. */
  async removeIfEmpty(path: string): Promise<boolean> {
    const absolute = await this.#paths.checked(path);
    try {
      if (!(await Deno.lstat(absolute)).isDirectory) return false;
      await Deno.remove(absolute);
      return true;
    } catch (error) {
      if (error instanceof Error) return false;
      throw error;
    }
  }

  /**
   * Removes a file, or a folder with its contents. A missing path is no error. Throws InputError on
   * failure.
   */
  async remove(path: string): Promise<void> {
    const absolute = await this.#paths.checkedForWriting(path);
    await attempt(`cannot remove ${this.#paths.shown(path)}`, async () => {
      try {
        await Deno.remove(absolute, { recursive: true });
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    });
  }

  /**
   * The kind of entry at a path, `undefined` when there is none. Throws InputError when the path
   * leads outside.
   */
  async kindOf(path: string): Promise<EntryKind | undefined> {
    const absolute = await this.#paths.checked(path);
    try {
      const status = await Deno.stat(absolute);
      return status.isFile ? "file" : status.isDirectory ? "folder" : "other";
    } catch (error) {
      const errors = Deno.errors;
      if (error instanceof errors.NotFound || error instanceof errors.NotADirectory) {
        return undefined;
      }
      throw fileError(error, `cannot look at ${this.#paths.shown(path)}`);
    }
  }

  /** Whether an entry exists at a path. Throws InputError when the path leads outside. */
  async exists(path: string): Promise<boolean> {
    return await this.kindOf(path) !== undefined;
  }

  /**
   * The entries of a folder, sorted by the code units of their names. Those that another process
   * removes meanwhile are left out.
   *
   * @throws InputError when the folder is unreadable, or a link in it leads outside or nowhere.
   */
  async list(path = ""): Promise<Entry[]> {
    const entries: Entry[] = [];
    for (const { name, path: inner, kind: listed } of await this.#entries(path)) {
      const kind = listed === undefined ? "other" : await this.kindOf(inner);
      if (kind !== undefined) entries.push({ name, path: inner, kind });
    }
    return entries;
  }

  /** The paths of all plain files below a folder: {@linkcode walkFolder}. */
  walk(path = "", rules: WalkRules = {}): Promise<string[]> {
    const start = this.relative(path);
    return walkFolder(
      {
        entries: (folder) => this.#entries(folder, folder !== start),
        target: (inner) => this.#target(inner),
        kindOf: (inner) => this.kindOf(inner),
      },
      start,
      rules,
    );
  }

  /**
   * The sorted entries of a folder, links not yet followed. A folder that `mayBeGone` has none when
   * another process has removed it.
   */
  async #entries(path: string, mayBeGone = false): Promise<WalkedEntry[]> {
    const absolute = await this.#paths.checked(path);
    const above = this.relative(path);
    const found = await attempt(`cannot read the folder ${this.#paths.shown(path)}`, async () => {
      try {
        return await Array.fromAsync(Deno.readDir(absolute));
      } catch (error) {
        if (mayBeGone && error instanceof Deno.errors.NotFound) return [];
        throw error;
      }
    });
    const entries: WalkedEntry[] = [];
    for (const { name, isFile, isDirectory, isSymlink } of found) {
      const inner = above === "" ? name : `${above}/${name}`;
      const kind = isFile ? "file" : isDirectory ? "folder" : "other";
      entries.push(
        await isText(name, join(absolute, name))
          ? { name, path: inner, kind: isSymlink ? "link" : kind }
          : { name, path: inner, kind: undefined, told: kind },
      );
    }
    return entries.sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /** A path with its links followed, relative to the data directory. */
  async #target(path: string): Promise<string> {
    const absolute = await this.#paths.checked(path);
    const real = await attempt(
      `cannot read ${this.#paths.shown(path)}`,
      () => Deno.realPath(absolute),
    );
    return this.relative(real);
  }
}

/**
 * Whether a name in a folder is text. Deno writes U+FFFD for bytes that are not UTF-8; that name
 * then leads to no file.
 */
async function isText(name: string, path: string): Promise<boolean> {
  if (!name.includes("\ufffd")) return true;
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound);
  }
}
