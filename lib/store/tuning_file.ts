/**
 * `gpu_tuning.json` in the data directory: the fastest kernel variants of each GPU.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import type { FileStore } from "./store.ts";

const FILE = "gpu_tuning.json";

/** The largest file that is read, in bytes. */
const LARGEST = 2 ** 24;

/** Stores plain data. A damaged file counts as empty, so its measurements are repeated. */
export class TuningFile {
  readonly #data: FileStore;

  constructor(data: FileStore) {
    this.#data = data;
  }

  async read(): Promise<unknown> {
    if (!await this.#data.exists(FILE)) return undefined;
    try {
      const bytes = await this.#data.readFile(FILE);
      return bytes.length > LARGEST ? undefined : JSON.parse(new TextDecoder().decode(bytes));
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof InputError) return undefined;
      throw error;
    }
  }

  async write(value: unknown): Promise<void> {
    await this.#data.writeFile(FILE, `${JSON.stringify(value, null, 1)}\n`);
  }
}
