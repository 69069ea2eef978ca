/**
 * Turns the answers of the models into the results of images: measures each, writes its pictures,
 * and hands its result on in the order of the images.
 *
 * The calling thread measures. Workers pack the pictures meanwhile, which takes about as long as
 * the rest of an image, and the next images are computed. A bounded number of images is on its way.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { InOrder } from "../core/in_order.ts";
import { folderName } from "../core/paths.ts";
import { Packers } from "../image/codecs/packers.ts";
import type { GreyImage } from "../image/image.ts";
import type { FileStore } from "../store/store.ts";
import { entryOf, leastAreaOf, type PredictionSettings } from "./entries.ts";
import type { PredictInput } from "./inputs.ts";
import { packedPictures } from "./packed_pictures.ts";
import type { PagePicture, PagePictures } from "./page/page_pictures.ts";
import { type ModelAnswers, type Prediction, predictionOf } from "./predict_image.ts";
import type { Result } from "./shards.ts";

/** The images on their way for each worker: it packs one while the next one waits. */
const IMAGES_PER_WORKER = 2;
/** The most bytes of images on their way. */
const MOST_BYTES = 2 ** 28;
/** About the bytes of a pixel on its way: the image, its mask, probability and overlay. */
const BYTES_PER_PIXEL = 8;

/** The arguments of {@linkcode ImageWriter}. */
export interface ImageWriterOptions {
  /** Takes the pictures, in the folder `out`. */
  readonly output: FileStore;
  readonly out: string;
  readonly settings: PredictionSettings;
  /** Collects the pictures of the page, if there is one. */
  readonly pictures: PagePictures | undefined;
  /** The number of threads that pack; 0 writes each image before the next one is computed. */
  readonly workers: number;
  /** Takes each result, in the order of the images. */
  readonly done: (result: Result) => void;
}

/** An image that was predicted, or the sentence that refused it. */
export interface Predicted {
  readonly input: PredictInput;
  readonly image: GreyImage | string;
  /** Those of each model; none for a refused image. */
  readonly answers: readonly ModelAnswers[];
}

/** A result, and what the page shows of it. */
interface Finished {
  readonly result: Result;
  readonly picture?: PagePicture | undefined;
}

/** Writes predicted images. It holds threads, so it must be disposed of. */
export class ImageWriter implements AsyncDisposable {
  readonly #options: ImageWriterOptions;
  readonly #packers: Packers;
  readonly #queue: InOrder<Finished>;

  constructor(options: ImageWriterOptions) {
    const { workers, pictures, done } = options;
    this.#options = options;
    this.#packers = new Packers(workers);
    const bounds = { tasks: 1 + IMAGES_PER_WORKER * workers, bytes: MOST_BYTES };
    this.#queue = new InOrder(bounds, ({ result, picture }) => {
      if (picture !== undefined) pictures?.add(result.input, picture);
      done(result);
    });
  }

  /**
   * Measures an image and begins to write it; waits while many others are on their way. An
   * {@linkcode InputError} becomes the result of the image.
   */
  async add({ input, image, answers }: Predicted): Promise<void> {
    const { path } = input;
    await this.#queue.add(
      typeof image === "string" ? 0 : image.pixels.length * BYTES_PER_PIXEL,
      async () => {
        if (typeof image === "string") return { result: { input: path, error: image } };
        try {
          return await this.#finish(input, image, answers);
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
          return { result: { input: path, error: error.message } };
        }
      },
    );
  }

  /** Waits until all is written. */
  async end(): Promise<void> {
    await this.#queue.end();
  }

  async #finish(
    { path, stem }: PredictInput,
    image: GreyImage,
    answers: readonly ModelAnswers[],
  ): Promise<Finished> {
    const { settings, pictures } = this.#options;
    const { threshold, tta, keep_largest: keepLargest } = settings;
    const options = { tta, minArea: leastAreaOf(settings, image), keepLargest };
    const found = predictionOf(answers, image, threshold, options);
    const written = this.#write(stem, image, found);
    const made = pictures?.make(image, found, this.#packers);
    await Promise.allSettled([written, made]);
    await written;
    return { result: entryOf(path, stem, found, settings), picture: await made };
  }

  /** Writes the pictures of an image; all are packed at once. */
  async #write(
    stem: string,
    image: GreyImage,
    found: Prediction,
  ): Promise<void> {
    const { output, out } = this.#options;
    const files = await packedPictures(image, found, this.#packers);
    const name = `${out}/${stem}`;
    await output.makeFolder(folderName(name));
    for (const { kind, bytes } of files) await output.writeFile(`${name}_${kind}.png`, bytes);
  }

  /** Waits for the images on their way, then ends the workers. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue[Symbol.asyncDispose]();
    this.#packers[Symbol.dispose]();
  }
}
