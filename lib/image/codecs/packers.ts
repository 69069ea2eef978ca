/**
 * Worker threads that pack files (pack.js), the slowest part of writing pictures. The bytes do not
 * depend on the number of threads.
 *
 * @module
 */
import fflateText from "fflate/browser" with { type: "text" };
import { AnsweringWorkers } from "../../core/worker.ts";
import { pack, type PackWork } from "./pack.js";
import packText from "./pack.js" with { type: "text" };

export type { PackWork };

/** The largest useful number of threads: more would wait for the calling thread. */
const MOST_WORKERS = 4;

/** The best number of workers: one for each core besides that of the calling thread. */
export function packersFor(cores = navigator.hardwareConcurrency || 1): number {
  return Math.min(cores - 1, MOST_WORKERS);
}

/** A pool of workers. They start with the first work and end on disposal. */
export class Packers implements Disposable {
  readonly workers: number;
  readonly #threads = new AnsweringWorkers<Uint8Array<ArrayBuffer>>(
    "a thread that packs pictures",
    fflateText,
    packText,
  );

  /** @param workers 0 packs on the calling thread. */
  constructor(workers: number) {
    this.workers = workers;
  }

  /**
   * Packs one file; its data is copied to the worker.
   *
   * @throws {DeviceError} when the worker ends before the file is packed.
   */
  async pack(work: PackWork): Promise<Uint8Array<ArrayBuffer>> {
    return this.workers === 0 ? await pack(work) : await this.#threads.ask(this.workers, work);
  }

  /** Ends the workers and rejects unfinished work. */
  [Symbol.dispose](): void {
    this.#threads[Symbol.dispose]();
  }
}
