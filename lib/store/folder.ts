/**
 * The data directory and the output directory: each a {@linkcode FileStore} on the disk.
 *
 * Every path is relative to the directory and stays inside it. Deno's permissions compare paths as
 * text and follow links, so a link in a downloaded data set could lead anywhere. Each path is
 * therefore also checked after its links are followed, for reading and for writing. The place of a
 * file is compared again once it is open (same_file.ts).
 *
 * @module
 */
import { dirname, isAbsolute, join, resolve } from "@std/path";
import { InputError } from "../core/errors.ts";
import { sentence } from "../core/sentence.ts";
import { TEXT_LIMITS, textOf } from "../core/text.ts";
import { fileError } from "./file_errors.ts";
import { DATA, type FolderPurpose } from "./folder_purpose.ts";
import { heldBy, heldError, takeLock } from "./lock_file.ts";
import { newPartial, partialName, removeLeftovers, writeAll } from "./partial_files.ts";
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
  /** The directory as an absolute path. */
  readonly root: string;
  readonly #purpose: FolderPurpose;
  /** The root with links followed. */
  readonly #realRoot: string;
  /** The directory as the helpers of this room need it. */
  readonly #place: Place;
  /** The folders in which the leftovers of dead processes have been removed. */
  readonly #tidied = new Set<string>();

  private constructor(root: string, realRoot: string, purpose: FolderPurpose) {
    this.root = root;
    this.#realRoot = realRoot;
    this.#purpose = purpose;
    this.#place = {
      realPath: (path) => this.#insidePath(path),
      tellsInodes: root === realRoot,
    };
  }

  /**
   * Opens a directory. A relative path starts at the current directory.
   *
   * @throws InputError when it is missing, not a folder, or unreadable.
   */
  static async open(root: string, purpose: FolderPurpose = DATA): Promise<DataFolder> {
    const { noun, howToSet } = purpose;
    if (root === "" || root.includes("\0")) {
      throw new InputError(sentence`the name of the ${noun} is empty or broken; ${howToSet}`);
    }
    const absolute = resolve(root);
    const action = `cannot open the ${noun} ${absolute}`;
    try {
      const realRoot = await Deno.realPath(absolute);
      if (!(await Deno.stat(absolute)).isDirectory) {
        throw new InputError(sentence`the ${noun} ${absolute} is not a folder; ${howToSet}`);
      }
      await Array.fromAsync(Deno.readDir(absolute));
      return new DataFolder(absolute, realRoot, purpose);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) {
        throw new InputError(sentence`there is no ${noun} ${absolute}; ${howToSet}`);
      }
      if (error instanceof Deno.errors.NotCapable) {
        const why = absolute.includes(",")
          ? "its path holds a comma, at which Deno's permissions cut; rename the folder"
          : sentence`this task was not given it; ${howToSet}`;
        throw new InputError(sentence`${action}: ${why}`);
      }
      throw fileError(error, action);
    }
  }

  /** Opens a directory; makes it first where it does not exist yet. */
  static async openOrMake(root: string, purpose: FolderPurpose = DATA): Promise<DataFolder> {
    try {
      await Deno.mkdir(root, { recursive: true });
    } catch {
      // Opening it says better what is wrong.
    }
    return await DataFolder.open(root, purpose);
  }

  /** Whether another name leads to the same directory. */
  isSameAs(other: DataFolder): boolean {
    return this.#realRoot === other.#realRoot;
  }

  /**
   * The absolute path for a path that is relative to the data directory, or absolute and inside it.
   * Only the text is checked here; links are followed and checked when the path is used.
   *
   * @throws InputError when it lies outside.
   */
  resolve(path: string): string {
    if (path.includes("\0")) {
      throw new InputError(`the path "${path.replaceAll("\0", "\\0")}" holds a zero byte`);
    }
    const absolute = isAbsolute(path) ? resolve(path) : resolve(this.root, path);
    if (isInside(this.root, absolute)) return absolute;
    // The data directory itself may be reached through a link and so have a second name.
    if (isInside(this.#realRoot, absolute)) {
      return join(this.root, absolute.slice(this.#realRoot.length));
    }
    const { noun, variable } = this.#purpose;
    throw new InputError(
      `${path} lies outside the ${noun} ${this.root}; set ${variable} to a folder that holds it`,
    );
  }

  /**
   * A path relative to the data directory, with "/" between the parts. "" is the data directory.
   */
  relative(path: string): string {
    return this.resolve(path).slice(this.root.length).replace(/^\//, "");
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
    const absolute = await this.#checked(path);
    const name = this.#shown(path);
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
    return textOf(await this.readFile(path, { limit }), this.#shown(path));
  }

  /**
   * Writes a file atomically: to a hidden name in the same folder, synced, then renamed. At any
   * moment the old or the new file is complete, also when several processes write it.
   *
   * @throws InputError when writing fails (full disk, no permission, outside, a folder that is a
   *   link); the old file is unchanged.
   */
  async writeFile(path: string, content: Uint8Array | string): Promise<void> {
    const absolute = await this.#checkedForWriting(path);
    const name = this.#shown(path);
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
        await removeIfThere(partial.path);
        throw error;
      }
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
    const [from, to] = [await this.#checked(path), await this.#checkedForWriting(second)];
    const name = this.#shown(second);
    await attempt(`cannot keep ${this.#shown(path)} as ${name}`, async () => {
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
    const absolute = dirname(await this.#checkedForWriting(join(this.resolve(path), "new")));
    await attempt(
      `cannot make the folder ${this.#shown(path)}`,
      () => Deno.mkdir(absolute, { recursive: true }),
    );
  }

  /**
   * Makes a folder that does not exist yet, in a folder that does. Of several processes, exactly
   * one gets `true`. Throws InputError on failure.
   */
  async makeNewFolder(path: string): Promise<boolean> {
    const absolute = await this.#checked(path);
    return await attempt(`cannot make the folder ${this.#shown(path)}`, async () => {
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
    const absolute = await this.#checked(path);
    const taken = await attempt(
      `cannot write ${this.#shown(path)}`,
      () => takeLock(absolute, doing, this.#place),
    );
    if ("release" in taken) return taken;
    throw heldError(what, absolute, taken.holder);
  }

  /** Throws InputError when another process holds a lock. */
  async checkFree(path: string, what: string): Promise<void> {
    const absolute = await this.#checked(path);
    const holder = await attempt(
      `cannot read ${this.#shown(path)}`,
      () => heldBy(absolute, this.#place),
    );
    if (holder !== undefined) throw heldError(what, absolute, holder);
  }

  /** Removes a folder that is empty. Returns whether it did. */
  async removeIfEmpty(path: string): Promise<boolean> {
    const absolute = await this.#checked(path);
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
    const absolute = await this.#checkedForWriting(path);
    await attempt(`cannot remove ${this.#shown(path)}`, async () => {
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
    const absolute = await this.#checked(path);
    try {
      const status = await Deno.stat(absolute);
      return status.isFile ? "file" : status.isDirectory ? "folder" : "other";
    } catch (error) {
      const errors = Deno.errors;
      if (error instanceof errors.NotFound || error instanceof errors.NotADirectory) {
        return undefined;
      }
      throw fileError(error, `cannot look at ${this.#shown(path)}`);
    }
  }

  /** Whether an entry exists at a path. Throws InputError when the path leads outside. */
  async exists(path: string): Promise<boolean> {
    return await this.kindOf(path) !== undefined;
  }

  /**
   * The entries of a folder, sorted by the code units of their names.
   *
   * @throws InputError when the folder is unreadable, or a link in it leads outside or nowhere.
   */
  async list(path = ""): Promise<Entry[]> {
    const entries: Entry[] = [];
    for (const { name, path: inner } of await this.#entries(path)) {
      entries.push({ name, path: inner, kind: await this.kindOf(inner) ?? "other" });
    }
    return entries;
  }

  /** The paths of all plain files below a folder: {@linkcode walkFolder}. */
  walk(path = "", rules: WalkRules = {}): Promise<string[]> {
    return walkFolder(
      {
        entries: (folder) => this.#entries(folder),
        target: (inner) => this.#target(inner),
        kindOf: (inner) => this.kindOf(inner),
      },
      this.relative(path),
      rules,
    );
  }

  /** The sorted entries of a folder, links not yet followed. */
  async #entries(path: string): Promise<WalkedEntry[]> {
    const absolute = await this.#checked(path);
    const above = this.relative(path);
    const found = await attempt(
      `cannot read the folder ${this.#shown(path)}`,
      () => Array.fromAsync(Deno.readDir(absolute)),
    );
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
    const real = await this.#realPath(path);
    return real.slice(this.#realRoot.length).replace(/^\//, "");
  }

  /** The path with its links followed, checked to lie inside. */
  async #realPath(path: string): Promise<string> {
    const absolute = await this.#checked(path);
    return await attempt(`cannot read ${this.#shown(path)}`, () => Deno.realPath(absolute));
  }

  /**
   * Resolves a path and follows the links of its existing part. Throws InputError when the result
   * lies outside the data directory, or a link is dangling.
   */
  async #checked(path: string): Promise<string> {
    const absolute = this.resolve(path);
    for (let existing = absolute;; existing = dirname(existing)) {
      const name = this.#shown(existing);
      const isLink = await attempt(`cannot look at ${name}`, async () => {
        try {
          return (await Deno.lstat(existing)).isSymlink;
        } catch (error) {
          const errors = Deno.errors;
          const missing = error instanceof errors.NotFound ||
            error instanceof errors.NotADirectory;
          if (missing && existing !== this.root) return undefined;
          throw error;
        }
      });
      if (isLink === undefined) continue;
      const real = await attempt(
        isLink ? `cannot follow the link ${name}` : `cannot look at ${name}`,
        () => Deno.realPath(existing),
      );
      if (isInside(this.#realRoot, real)) return absolute;
      throw this.#outside(name);
    }
  }

  /**
   * Checks the path of a file to write as {@linkcode #checked} does, and that no folder above it is
   * a link: a link in a folder of outputs, as others may send it, could lead among the images.
   */
  async #checkedForWriting(path: string): Promise<string> {
    const absolute = await this.#checked(path);
    const folders = this.relative(path).split("/").slice(0, -1);
    for (let count = 1; count <= folders.length; count++) {
      const folder = folders.slice(0, count).join("/");
      const isLink = await attempt(`cannot look at ${folder}`, async () => {
        try {
          return (await Deno.lstat(join(this.root, folder))).isSymlink;
        } catch (error) {
          const errors = Deno.errors;
          if (error instanceof errors.NotFound || error instanceof errors.NotADirectory) return;
          throw error;
        }
      });
      if (isLink === undefined) break;
      if (!isLink) continue;
      throw new InputError(
        `${folder} is a link, and files are written into folders only, so that they never land ` +
          `among the images; put a folder in its place`,
      );
    }
    return absolute;
  }

  /**
   * Follows the links of a path that exists. The result begins with the root as it was given: only
   * under that name may a task look at it.
   */
  async #insidePath(path: string): Promise<string> {
    const real = await Deno.realPath(path);
    if (isInside(this.#realRoot, real)) return join(this.root, real.slice(this.#realRoot.length));
    throw this.#outside(this.#shown(path));
  }

  #outside(name: string): InputError {
    const { noun, variable } = this.#purpose;
    return new InputError(
      `${name} is or lies behind a link that leaves the ${noun} ${this.root}; ` +
        `put the files themselves there, or set ${variable} to a folder that holds both`,
    );
  }

  /** A path for an error message, relative to the data directory. */
  #shown(path: string): string {
    return this.relative(path) || this.root;
  }
}

/** Whether a normalised absolute path is a folder or lies below it. */
function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
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

async function attempt<Result>(action: string, call: () => Promise<Result>): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    throw fileError(error, action);
  }
}
