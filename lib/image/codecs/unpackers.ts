/**
 * Worker threads that unpack image files (unpack.js), the slowest part of decoding. The result does
 * not depend on the number of threads.
 *
 * @module
 */
import { AnsweringWorkers } from "../../core/worker.ts";
import type { Spacing } from "../spacing.ts";
import scansText from "./jpeg_scans.js" with { type: "text" };
import { type Answer, unpack, type Work } from "./unpack.js";
import unpackText from "./unpack.js" with { type: "text" };
import codecText from "./unpack_codec.js" with { type: "text" };
import imagescriptText from "./unpack_imagescript.js" with { type: "text" };
import jpegText from "./unpack_jpeg.js" with { type: "text" };
import losslessText from "./unpack_lossless.js" with { type: "text" };
import lzwText from "./unpack_lzw.js" with { type: "text" };
import runsText from "./unpack_runs.js" with { type: "text" };
import stripsText from "./unpack_strips.js" with { type: "text" };
import turboText from "./unpack_turbo.js" with { type: "text" };
import webpText from "./unpack_webp.js" with { type: "text" };
import zlibText from "./unpack_zlib.js" with { type: "text" };

export type { Answer };

/** What unpack.js imports, and itself. */
const WORKER_TEXTS = [
  scansText,
  codecText,
  turboText,
  imagescriptText,
  jpegText,
  losslessText,
  zlibText,
  lzwText,
  runsText,
  stripsText,
  webpText,
  unpackText,
];

/** The samples of an image, `[height, width, channels]`. */
export interface Pixels {
  /** 8 bits of each sample. */
  readonly pixels: Uint8Array;
  /** All bits of the samples of a file with 16 bits. */
  readonly wide?: Uint16Array;
  /** The palette, RGB triples, of a file of indices; `pixels` are its colours. */
  readonly palette?: Uint8Array | undefined;
  /** The palette indices, one for each pixel. */
  readonly indices?: Uint8Array;
  /** The size of a pixel, where the file says it, as the image is looked at. */
  readonly spacing?: Spacing | undefined;
}

/** An image file that is checked except for its pixels. */
export interface Packed {
  readonly work: Work;
  /** About the number of values that the work computes; by default those of the image. */
  readonly effort?: number;
  /** For an answer without a reason: the rest of a sentence about the file. */
  readonly refusal: string;
  /** The pixels. Throws `InputError` when the file is damaged. */
  finish(unpacked: Uint8Array<ArrayBuffer>): Pixels;
}

/**
 * The largest useful number of threads: more would wait for the calling thread, which does the rest
 * of the work.
 */
const MOST_WORKERS = 4;

/**
 * The best number of workers: one per core. PNG files need one fewer; JPEG files gain much from the
 * last.
 */
export function workersFor(cores = navigator.hardwareConcurrency || 1): number {
  return cores === 1 ? 0 : Math.min(cores, MOST_WORKERS);
}

/** Above this effort a file is never unpacked on the calling thread, which must stay responsive. */
const LARGE_EFFORT = 16 * 1024 * 1024;

/** A pool of workers. They start with the first work and end on disposal. */
export class Unpackers implements Disposable {
  readonly workers: number;
  readonly #threads = new AnsweringWorkers<Answer>("a thread that unpacks images", ...WORKER_TEXTS);

  /** @param workers 0 unpacks on the calling thread, and large files on one worker. */
  constructor(workers: number) {
    this.workers = workers;
  }

  /**
   * Unpacks one file; its data is copied to the worker.
   *
   * @param effort About the number of values that are computed.
   * @throws {DeviceError} when the worker ends before the file is unpacked.
   */
  async unpack(work: Work, effort = 0): Promise<Answer> {
    if (this.workers === 0 && effort <= LARGE_EFFORT) return unpack(work);
    const data = work.data.slice();
    return await this.#threads.ask(Math.max(1, this.workers), { ...work, data }, [data.buffer]);
  }

  /** Ends the workers and rejects unfinished work. */
  [Symbol.dispose](): void {
    this.#threads[Symbol.dispose]();
  }
}
