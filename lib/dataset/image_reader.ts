/**
 * Reads image files one after the other and decodes the next ones meanwhile, on other threads.
 *
 * @module
 */
import { openImage } from "../image/codecs/decode.ts";
import type { DataFolder } from "../store/folder.ts";
import type { DecodedImage } from "../image/image.ts";
import { Unpackers, workersFor } from "../image/codecs/unpackers.ts";

/** The largest image file that is read, in bytes. */
const LARGEST_FILE = 2 ** 29;

/** Fewer files are read before workers have started. */
const MANY_FILES = 24;

/** How many files each worker may have on its way: it must not wait while the calling thread computes. */
const FILES_PER_WORKER = 4;

/** Once the files on their way unpack to so many bytes, no further one is begun. */
const MOST_BYTES = 256 * 1024 * 1024;

/** So many files are read at once. */
const MOST_READING = 4;

/** A file on its way. */
interface Begun {
  /** Memory for unpacking, about; unknown until the file is read. */
  bytes: number | undefined;
  readonly image: Promise<DecodedImage>;
}

/** Decodes files in a given order. To be disposed of, for it holds threads. */
export class ImageReader implements Disposable {
  readonly #folder: DataFolder;
  readonly #paths: readonly string[];
  readonly #unpackers: Unpackers;
  readonly #begun: Begun[] = [];
  #next = 0;
  #taken = 0;

  /**
   * @param paths Files in the folder, in the order in which they will be asked for.
   * @param workers Threads that unpack, by default as many as pay. 0: none, and nothing is read ahead.
   */
  constructor(
    folder: DataFolder,
    paths: readonly string[],
    workers: number = paths.length < MANY_FILES ? 0 : workersFor(),
  ) {
    this.#folder = folder;
    this.#paths = paths;
    this.#unpackers = new Unpackers(workers);
  }

  /**
   * Decodes the next file, which must be `path`. A file that cannot be used does not keep the next from being read.
   *
   * @throws InputError when it cannot be read or decoded, DeviceError when a worker ends.
   */
  async read(path: string): Promise<DecodedImage> {
    if (path !== this.#paths[this.#taken]) {
      throw new RangeError(`${path} is read out of turn, expected ${this.#paths[this.#taken]}`);
    }
    this.#readAhead();
    this.#taken++;
    const { image } = this.#begun.shift()!;
    return await image;
  }

  /** Begins as many files as may be on their way, at least one. */
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
      return finish(await this.#unpackers.unpack(work));
    };
    const begun: Begun = { bytes: undefined, image: decode() };
    // Whoever asks for the file is told; nobody may.
    begun.image.catch(() => begun.bytes ??= 0);
    return begun;
  }

  /** Ends the workers; files on their way are dropped. */
  [Symbol.dispose](): void {
    this.#unpackers[Symbol.dispose]();
  }
}
