/**
 * Paths that stay inside a directory. Deno's permissions compare paths as text and follow links, so
 * a link in a downloaded data set could lead anywhere. Each path is therefore also checked after
 * its links are followed, for reading and for writing.
 *
 * @module
 */
import { dirname, isAbsolute, join, resolve } from "@std/path";
import { InputError } from "../core/errors.ts";
import { sentence } from "../core/sentence.ts";
import { attempt, fileError } from "./file_errors.ts";
import type { FolderPurpose } from "./folder_purpose.ts";

/** The paths of a directory that exists. */
export class InsidePaths {
  /** The directory as an absolute path. */
  readonly root: string;
  /** The root with links followed. */
  readonly realRoot: string;
  readonly #purpose: FolderPurpose;

  private constructor(root: string, realRoot: string, purpose: FolderPurpose) {
    this.root = root;
    this.realRoot = realRoot;
    this.#purpose = purpose;
  }

  /**
   * The paths of a directory. A relative path of it starts at the current directory.
   *
   * @throws InputError when it is missing, not a folder, or unreadable.
   */
  static async of(root: string, purpose: FolderPurpose): Promise<InsidePaths> {
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
      return new InsidePaths(absolute, realRoot, purpose);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) {
        const tilde = root.startsWith("~")
          ? "; a shell puts the home folder in place of ~ outside of quotes only"
          : "";
        throw new InputError(sentence`there is no ${noun} ${absolute}${tilde}; ${howToSet}`);
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
    if (isInside(this.realRoot, absolute)) {
      return join(this.root, absolute.slice(this.realRoot.length));
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
   * Resolves a path and follows the links of its existing part. Throws InputError when the result
   * lies outside the data directory, or a link is dangling.
   */
  async checked(path: string): Promise<string> {
    const absolute = this.resolve(path);
    for (let existing = absolute;; existing = dirname(existing)) {
      const name = this.shown(existing);
      const isLink = await this.#isLink(existing);
      if (isLink === undefined) continue;
      const real = isLink
        ? await attempt(`cannot follow the link ${name}`, () => Deno.realPath(existing))
        : await this.#unlessMissing(existing, Deno.realPath);
      // Another process may have removed it since.
      if (real === undefined) continue;
      if (isInside(this.realRoot, real)) return absolute;
      throw this.#outside(name);
    }
  }

  /**
   * Checks the path of a file to write as {@linkcode checked} does, and that no folder above it is
   * a link: a link in a folder of outputs, as others may send it, could lead among the images.
   */
  async checkedForWriting(path: string): Promise<string> {
    const absolute = await this.checked(path);
    const folders = this.relative(path).split("/").slice(0, -1);
    for (let count = 1; count <= folders.length; count++) {
      const folder = folders.slice(0, count).join("/");
      const isLink = await this.#isLink(join(this.root, folder));
      if (isLink === undefined) break;
      if (!isLink) continue;
      throw new InputError(
        `${folder} is a link, and files are written into folders only, so that they never land ` +
          `among the images; put a folder in its place`,
      );
    }
    return absolute;
  }

  /** Whether a path is a link; `undefined` if nothing is there. */
  #isLink(absolute: string): Promise<boolean | undefined> {
    return this.#unlessMissing(absolute, async (path) => (await Deno.lstat(path)).isSymlink);
  }

  /** What `look` says of a path; `undefined` if nothing is there. The directory itself must be. */
  async #unlessMissing<Result>(
    absolute: string,
    look: (path: string) => Promise<Result>,
  ): Promise<Result | undefined> {
    return await attempt(`cannot look at ${this.shown(absolute)}`, async () => {
      try {
        return await look(absolute);
      } catch (error) {
        const { NotFound, NotADirectory } = Deno.errors;
        const isMissing = error instanceof NotFound || error instanceof NotADirectory;
        if (isMissing && absolute !== this.root) return undefined;
        throw error;
      }
    });
  }

  /**
   * Follows the links of a path that exists. The result begins with the root as it was given: only
   * under that name may a task look at it.
   */
  async insidePath(path: string): Promise<string> {
    const real = await Deno.realPath(path);
    if (isInside(this.realRoot, real)) return join(this.root, real.slice(this.realRoot.length));
    throw this.#outside(this.shown(path));
  }

  #outside(name: string): InputError {
    const { noun, variable } = this.#purpose;
    return new InputError(
      `${name} is or lies behind a link that leaves the ${noun} ${this.root}; ` +
        `put the files themselves there, or set ${variable} to a folder that holds both`,
    );
  }

  /** A path for an error message, relative to the data directory. */
  shown(path: string): string {
    return this.relative(path) || this.root;
  }
}

/** Whether a normalised absolute path is a folder or lies below it. */
function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}
