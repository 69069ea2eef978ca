/**
 * `gpu_tuning.json` in the data directory: the fastest kernel variants of each GPU.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { parseJson } from "../core/json.ts";
import { TEXT_LIMITS } from "../core/text.ts";
import type { FileStore } from "./store.ts";

const FILE = "gpu_tuning.json";

/** Stores plain data. A damaged file counts as empty, so its measurements are repeated. */
export class TuningFile {
  readonly #data: FileStore;

  constructor(data: FileStore) {
    this.#data = data;
  }

  async read(): Promise<unknown> {
    if (!await this.#data.exists(FILE)) return undefined;
    try {
      return parseJson(await this.#data.readText(FILE, { limit: TEXT_LIMITS.tuning }), FILE);
    } catch (error) {
      if (error instanceof InputError) return undefined;
      throw error;
    }
  }

  async write(value: unknown): Promise<void> {
    await this.#data.writeFile(FILE, `${JSON.stringify(value, null, 1)}\n`);
  }
}
