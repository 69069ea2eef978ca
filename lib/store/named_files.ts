/**
 * Files that the user names: models, configurations, splits, tables of patients. They may lie among
 * the images or among the results.
 *
 * @module
 */
import { isAbsolute } from "@std/path";
import { InputError } from "../core/errors.ts";
import type { EntryKind, FileReader, FileStore } from "./store.ts";

/**
 * Reads a relative path in the output directory if there is such a file, otherwise in the data
 * directory; an absolute path in the directory that it lies in.
 */
export function namedFiles(data: FileStore, output: FileStore): FileReader {
  return data === output ? data : new NamedFiles(data, output);
}

class NamedFiles implements FileReader {
  constructor(readonly data: FileStore, readonly output: FileStore) {}

  resolve(path: string): string {
    return isAbsolute(path) && !contains(this.output, path)
      ? this.data.resolve(path)
      : this.output.resolve(path);
  }

  /**
   * A path relative to both directories. An absolute path in the data directory stays absolute,
   * since the output directory may have a file with the same relative path.
   */
  relative(path: string): string {
    if (!isAbsolute(path) || contains(this.output, path)) return this.output.relative(path);
    return this.data.resolve(path);
  }

  async readFile(path: string, options?: { limit?: number }): Promise<Uint8Array<ArrayBuffer>> {
    return await (await this.#storeOf(path)).readFile(path, options);
  }

  async readText(path: string, options?: { limit?: number }): Promise<string> {
    return await (await this.#storeOf(path)).readText(path, options);
  }

  async kindOf(path: string): Promise<EntryKind | undefined> {
    return await (await this.#storeOf(path)).kindOf(path);
  }

  async exists(path: string): Promise<boolean> {
    return await (await this.#storeOf(path)).exists(path);
  }

  async #storeOf(path: string): Promise<FileStore> {
    if (isAbsolute(path)) return contains(this.output, path) ? this.output : this.data;
    return await this.output.exists(path) ? this.output : this.data;
  }
}

function contains(store: FileStore, path: string): boolean {
  try {
    store.relative(path);
    return true;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}
