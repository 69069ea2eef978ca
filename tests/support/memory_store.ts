/**
 * Files in memory, for tests that count the reads of each file.
 *
 * @module
 */
import { InputError } from "../../lib/core/errors.ts";
import { textOf } from "../../lib/core/text.ts";
import type { Entry, EntryKind, FileStore, Lock, WalkRules } from "../../lib/store/store.ts";
import { walkFolder } from "../../lib/store/walk.ts";

/** A {@linkcode FileStore} in memory. A folder exists if it was made or holds a file. */
export class MemoryStore implements FileStore {
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>();
  /** The paths of all reads, in order of their start, including failed ones. */
  readonly reads: string[] = [];
  readonly #folders = new Set<string>([""]);
  readonly #locks = new Set<string>();

  constructor(files: Iterable<readonly [path: string, bytes: Uint8Array]> = []) {
    for (const [path, bytes] of files) this.files.set(path, bytes.slice());
  }

  /** The number of reads of each file. */
  readCounts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const path of this.reads) counts[path] = (counts[path] ?? 0) + 1;
    return counts;
  }

  resolve(path: string): string {
    return `memory:/${this.relative(path)}`;
  }

  relative(path: string): string {
    const parts = path.replace(/^memory:\//, "").split("/");
    if (parts.includes("..")) throw new InputError(`${path} lies outside`);
    return parts.filter((part) => part !== "" && part !== ".").join("/");
  }

  async readFile(
    path: string,
    { limit = Infinity }: { limit?: number } = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    this.reads.push(path);
    await Promise.resolve();
    const bytes = this.files.get(this.relative(path));
    if (bytes === undefined) {
      throw new InputError(`cannot read ${path}: there is no such file or folder`);
    }
    if (bytes.length > limit) throw new InputError(`${path} has ${bytes.length} bytes`);
    return bytes.slice();
  }

  async readStart(path: string, length: number): Promise<Uint8Array<ArrayBuffer>> {
    return (await this.readFile(path)).slice(0, length);
  }

  async readText(path: string, options?: { limit?: number }): Promise<string> {
    return textOf(await this.readFile(path, options), path);
  }

  // deno-lint-ignore require-await
  async writeFile(path: string, content: Uint8Array | string): Promise<void> {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content.slice();
    this.files.set(this.relative(path), bytes);
  }

  // deno-lint-ignore require-await
  async appendFile(path: string, bytes: Uint8Array): Promise<void> {
    const before = this.files.get(this.relative(path));
    if (before === undefined) {
      throw new InputError(`cannot write ${path}: there is no such file or folder`);
    }
    this.files.set(this.relative(path), Uint8Array.of(...before, ...bytes));
  }

  async keepAs(path: string, second: string): Promise<void> {
    await this.writeFile(second, this.files.get(this.relative(path))!);
  }

  // deno-lint-ignore require-await
  async makeFolder(path: string): Promise<void> {
    this.#folders.add(this.relative(path));
  }

  async makeNewFolder(path: string): Promise<boolean> {
    if (await this.exists(path)) return false;
    await this.makeFolder(path);
    return true;
  }

  async lock(path: string, _doing: string, what: string): Promise<Lock> {
    await this.checkFree(path, what);
    const lock = this.relative(path);
    this.#locks.add(lock);
    return { release: () => Promise.resolve(void this.#locks.delete(lock)) };
  }

  // deno-lint-ignore require-await
  async checkFree(path: string, what: string): Promise<void> {
    if (this.#locks.has(this.relative(path))) throw new InputError(`${what} is in use`);
  }

  async removeIfEmpty(path: string): Promise<boolean> {
    if (await this.kindOf(path) !== "folder" || (await this.list(path)).length > 0) return false;
    return this.#folders.delete(this.relative(path));
  }

  // deno-lint-ignore require-await
  async remove(path: string): Promise<void> {
    const removed = this.relative(path);
    for (const known of [this.files, this.#folders]) {
      for (const file of known.keys()) {
        if (file === removed || isIn(removed, file)) known.delete(file);
      }
    }
  }

  // deno-lint-ignore require-await
  async kindOf(path: string): Promise<EntryKind | undefined> {
    const sought = this.relative(path);
    if (this.files.has(sought)) return "file";
    const isFolder = this.#folders.has(sought) ||
      [...this.files.keys(), ...this.#folders].some((file) => isIn(sought, file));
    return isFolder ? "folder" : undefined;
  }

  async exists(path: string): Promise<boolean> {
    return await this.kindOf(path) !== undefined;
  }

  async list(path = ""): Promise<Entry[]> {
    const folder = this.relative(path);
    const from = folder === "" ? 0 : folder.length + 1;
    const inside = [...this.files.keys(), ...this.#folders].filter((file) => isIn(folder, file));
    const names = new Set(inside.map((file) => file.slice(from).split("/")[0]));
    const entries: Entry[] = [];
    for (const name of [...names].sort()) {
      const inner = folder === "" ? name : `${folder}/${name}`;
      entries.push({ name, path: inner, kind: (await this.kindOf(inner))! });
    }
    return entries;
  }

  walk(path = "", rules: WalkRules = {}): Promise<string[]> {
    const source = {
      entries: (folder: string) => this.list(folder),
      target: (inner: string) => Promise.resolve(inner),
      kindOf: (inner: string) => this.kindOf(inner),
    };
    return walkFolder(source, this.relative(path), rules);
  }
}

/** Whether a path lies below a folder. */
function isIn(folder: string, path: string): boolean {
  return path !== "" && (folder === "" || path.startsWith(`${folder}/`));
}
