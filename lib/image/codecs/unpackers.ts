/**
 * Threads that unpack image files (unpack.js): most of the time that a PNG or JPEG file takes goes there. What they
 * give depends on the file alone, not on their number.
 *
 * @module
 */
import { DeviceError } from "../../core/errors.ts";
import { startWorker } from "../../core/worker.ts";
import { unpack, type Work } from "./unpack.js";
import workerText from "./unpack.js" with { type: "text" };

/** What is made of unpacked bytes; `undefined` where they were damaged. */
export type Unpacked = Uint8Array<ArrayBuffer> | undefined;

/** An image file of which all is checked but the pixels. */
export interface Packed<Image = Uint8Array> {
  readonly work: Work;
  /** Throws `InputError` when the file is damaged. */
  finish(unpacked: Unpacked): Image;
}

/** More threads than this would wait for the calling one, which does the rest of the work. */
const MOST_WORKERS = 4;

/** How many workers unpack best: one per core. PNG files would do with one fewer, JPEG files gain much by the last. */
export function workersFor(cores = navigator.hardwareConcurrency || 1): number {
  return cores === 1 ? 0 : Math.min(cores, MOST_WORKERS);
}

/** Workers that unpack. They start with the first work, and end when this is disposed of. */
export class Unpackers implements Disposable {
  readonly workers: number;
  readonly #threads: UnpackThread[] = [];

  /** @param workers 0 unpacks on the calling thread. */
  constructor(workers: number) {
    this.workers = workers;
  }

  /**
   * Unpacks; the work's data is copied.
   *
   * @throws {DeviceError} when the worker ends before it is done.
   */
  async unpack(work: Work): Promise<Unpacked> {
    if (this.workers === 0) return unpack(work);
    while (this.#threads.length < this.workers) this.#threads.push(new UnpackThread());
    return await this.#threads.reduce((a, b) => b.pending < a.pending ? b : a).unpack(work);
  }

  /** Ends the workers; what they have not finished is rejected. */
  [Symbol.dispose](): void {
    for (const thread of this.#threads) thread.end("it was stopped");
    this.#threads.length = 0;
  }
}

/** One worker. It answers in the order in which it is asked. */
class UnpackThread {
  readonly #worker: Worker;
  readonly #answers: PromiseWithResolvers<Unpacked>[] = [];
  #ended: DeviceError | undefined;

  constructor() {
    this.#worker = startWorker(workerText);
    this.#worker.onmessage = ({ data }) => this.#answers.shift()?.resolve(data);
    this.#worker.onmessageerror = () => this.end("its answer cannot be read");
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.end(event.message);
    };
  }

  /** How much it has to do. */
  get pending(): number {
    return this.#answers.length;
  }

  unpack(work: Work): Promise<Unpacked> {
    if (this.#ended) return Promise.reject(this.#ended);
    const data = work.data.slice();
    const answer = Promise.withResolvers<Unpacked>();
    this.#answers.push(answer);
    this.#worker.postMessage({ ...work, data }, [data.buffer]);
    return answer.promise;
  }

  end(why: string): void {
    this.#ended ??= new DeviceError(`a thread that unpacks images has ended: ${why}`);
    this.#worker.terminate();
    for (const { reject } of this.#answers.splice(0)) reject(this.#ended);
  }
}
