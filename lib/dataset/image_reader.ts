/**
 * Reads image files in order, and decodes and hashes the next ones ahead of the caller on other
 * threads. Without workers, one file is read and decoded ahead whenever the caller waits.
 *
 * @module
 */
import { sha256 } from "../core/hash.ts";
import { MOST_FILE_BYTES } from "../image/codecs/header.ts";
import { openImage } from "../image/codecs/decode.ts";
import { Unpackers } from "../image/codecs/unpackers.ts";
import type { DecodedImage } from "../image/image.ts";
import type { FileStore } from "../store/store.ts";

/** Files in flight per worker, so that workers stay busy while the calling thread computes. */
const FILES_PER_WORKER = 4;

/** The limit of unpacked bytes in flight; above it no further file is begun. */
const MOST_BYTES = 256 * 1024 * 1024;

/** The number of files that are read at the same time. */
const MOST_READING = 4;

/** A file's pixels and the SHA-256 of the same bytes. */
export interface ReadImage {
  readonly decoded: DecodedImage;
  /** As hexadecimal text. */
  readonly sha256: string;
}

/** A file in flight. */
interface Begun {
  /** Approximate memory for unpacking, in bytes; unknown until the file is read. */
  bytes: number | undefined;
  readonly image: Promise<ReadImage>;
}

/** Decodes files in a given order. It holds threads, so it must be disposed of. */
export class ImageReader implements AsyncDisposable {
  readonly #folder: FileStore;
  readonly #paths: readonly string[];
  readonly #unpackers: Unpackers;
  readonly #signal: AbortSignal | undefined;
  readonly #begun: Begun[] = [];
  #next = 0;
  #taken = 0;

  /**
   * @param paths Files in the folder, in the order of the calls of `read`.
   * @param workers The number of threads that unpack; 0 unpacks all but large files on the calling
   *   thread.
   * @param signal Ends the waiting for a file.
   */
  constructor(
    folder: FileStore,
    paths: readonly string[],
    workers: number,
    signal?: AbortSignal,
  ) {
    this.#folder = folder;
    this.#paths = paths;
    this.#unpackers = new Unpackers(workers);
    this.#signal = signal;
  }

  /**
   * Returns the next file, which must be `path`. After an unusable file the next one can still be
   * read.
   *
   * @throws InputError when the file cannot be read or decoded, DeviceError when a worker ends, the
   *   signal's reason when it is aborted.
   */
  async read(path: string): Promise<ReadImage> {
    if (path !== this.#paths[this.#taken]) {
      throw new RangeError(`${path} is read out of turn, expected ${this.#paths[this.#taken]}`);
    }
    this.#readAhead();
    this.#taken++;
    const { image } = this.#begun.shift()!;
    try {
      return await unlessAborted(image, this.#signal);
    } finally {
      // The next files are decoded while the caller computes.
      if (!this.#signal?.aborted) this.#readAhead();
    }
  }

  /** Begins files up to the limits, at least the next one. */
  #readAhead(): void {
    const most = Math.max(1, this.#unpackers.workers * FILES_PER_WORKER);
    while (this.#begun.length < most && this.#next < this.#paths.length) {
      const bytes = this.#begun.reduce((sum, begun) => sum + (begun.bytes ?? 0), 0);
      const reading = this.#begun.filter((begun) => begun.bytes === undefined).length;
      if (bytes > MOST_BYTES || reading >= MOST_READING) break;
      this.#begun.push(this.#begin(this.#paths[this.#next++]));
    }
  }

  #begin(path: string): Begun {
    const decode = async () => {
      const file = await this.#folder.readFile(path, { limit: MOST_FILE_BYTES });
      const { work, bytes, effort, finish } = openImage(file, path);
      begun.bytes = bytes;
      const hash = sha256(file);
      const unpacked = await this.#unpackers.unpack(work, effort).finally(() => hash);
      return { decoded: finish(unpacked), sha256: await hash };
    };
    const begun: Begun = { bytes: undefined, image: decode() };
    // The caller of read() receives the error. If nobody calls it, the error must not become an
    // unhandled rejection.
    begun.image.catch(() => begun.bytes ??= 0);
    return begun;
  }

  /** Ends the workers and drops the files in flight. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#unpackers[Symbol.dispose]();
    await Promise.allSettled(this.#begun.map(({ image }) => image));
  }
}

/** The promise's result. Rejects with the signal's reason as soon as it is aborted. */
async function unlessAborted<Result>(
  promise: Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  if (signal === undefined) return await promise;
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  signal.addEventListener("abort", stop);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
