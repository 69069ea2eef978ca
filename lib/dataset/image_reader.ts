/**
 * Reads image files one after the other, and decodes and hashes the next ones meanwhile, on other
 * threads. Without workers one file is read and decoded ahead, while the caller waits for something
 * else.
 *
 * @module
 */
import { sha256 } from "../core/hash.ts";
import { openImage } from "../image/codecs/decode.ts";
import type { FileStore } from "../store/store.ts";
import type { DecodedImage } from "../image/image.ts";
import { Unpackers } from "../image/codecs/unpackers.ts";

/** The largest image file that is read, in bytes. */
const LARGEST_FILE = 2 ** 29;

/** Files on their way per worker: it must not wait while the calling thread computes. */
const FILES_PER_WORKER = 4;

/** Once the files on their way unpack to so many bytes, no further one is begun. */
const MOST_BYTES = 256 * 1024 * 1024;

/** So many files are read at once. */
const MOST_READING = 4;

/** A file's pixels and its SHA-256, of the same bytes. */
export interface ReadImage {
  readonly decoded: DecodedImage;
  /** Hexadecimal text. */
  readonly sha256: string;
}

/** A file on its way. */
interface Begun {
  /** Memory for unpacking, about; unknown until the file is read. */
  bytes: number | undefined;
  readonly image: Promise<ReadImage>;
}

/** Decodes files in a given order. To be disposed of, for it holds threads. */
export class ImageReader implements AsyncDisposable {
  readonly #folder: FileStore;
  readonly #paths: readonly string[];
  readonly #unpackers: Unpackers;
  readonly #begun: Begun[] = [];
  #next = 0;
  #taken = 0;

  /**
   * @param paths Files in the folder, in the order in which they will be asked for.
   * @param workers Threads that unpack; 0 unpacks on the calling thread.
   */
  constructor(folder: FileStore, paths: readonly string[], workers: number) {
    this.#folder = folder;
    this.#paths = paths;
    this.#unpackers = new Unpackers(workers);
  }

  /**
   * The next file, which must be `path`. A file that cannot be used does not keep the next from being
   * read.
   *
   * @throws InputError when it cannot be read or decoded, DeviceError when a worker ends.
   */
  async read(path: string): Promise<ReadImage> {
    if (path !== this.#paths[this.#taken]) {
      throw new RangeError(`${path} is read out of turn, expected ${this.#paths[this.#taken]}`);
    }
    this.#readAhead();
    this.#taken++;
    const { image } = this.#begun.shift()!;
    try {
      return await image;
    } finally {
      // So that the caller computes while the next files are decoded.
      this.#readAhead();
    }
  }

  /** Begins as many files as may be on their way, at least the next one. */
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
      const file = await this.#folder.readFile(path, { limit: LARGEST_FILE });
      const { work, bytes, finish } = openImage(file, path);
      begun.bytes = bytes;
      const hash = sha256(file);
      const unpacked = await this.#unpackers.unpack(work).finally(() => hash);
      return { decoded: finish(unpacked), sha256: await hash };
    };
    const begun: Begun = { bytes: undefined, image: decode() };
    // The caller of read() receives the error. Where nobody reads on, it must not be unhandled.
    begun.image.catch(() => begun.bytes ??= 0);
    return begun;
  }

  /** Ends the workers; files on their way are dropped. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#unpackers[Symbol.dispose]();
    await Promise.allSettled(this.#begun.map(({ image }) => image));
  }
}
