/**
 * Predicts image files and writes the results into one folder: per image `NAME_mask.png`,
 * `NAME_probability.png`, `NAME_overlay.png` (with flips or several models also
 * `NAME_uncertainty.png`), and lists for all.
 *
 * The file that marks a folder of predictions is written before the first mask. Such a folder is
 * never searched for images, so a predicted mask cannot become ground truth, even when the program
 * is stopped.
 *
 * @module
 */
import { oneAhead } from "../core/one_ahead.ts";
import type { Depth } from "../dataset/depth.ts";
import { PARTS_FOLDER, PREDICTIONS_FILE } from "../dataset/image_files.ts";
import { load, type LoadedPair } from "../dataset/load.ts";
import type { Spacings } from "../dataset/spacings.ts";
import type { Predictor } from "../engine/engine.ts";
import { packersFor } from "../image/codecs/packers.ts";
import { workersFor } from "../image/codecs/unpackers.ts";
import type { FileStore } from "../store/store.ts";
import { type PredictionSettings, predictionsJson } from "./entries.ts";
import { FLIPS_OF } from "./flips.ts";
import { ImageWriter, type Predicted } from "./image_writer.ts";
import { type FoundInputs, listHash, type PredictInput } from "./inputs.ts";
import { listsOf } from "./list_texts.ts";
import { writeLists } from "./lists.ts";
import { beginBatch, preprocess } from "./logits.ts";
import { MOST_PAGE_IMAGES, PagePictures } from "./page/page_pictures.ts";
import type { ModelAnswers } from "./predict_image.ts";
import { itemsOf, partJson, partPath, type Result, type Shard } from "./shards.ts";

/** The most bytes of pixels of images that go through the network together. */
const MOST_BYTES = 2 ** 28;

/** Below this number of images, all would be written before a worker has started. */
const MANY_IMAGES = 4;

/** The arguments of {@linkcode predictFiles}. */
export interface PredictJob {
  /** Has the images. */
  readonly data: FileStore;
  /** Takes the results. */
  readonly output: FileStore;
  /** One model, or several that predict together, in the order of the settings' members. */
  readonly predictors: readonly Predictor[];
  /** Number of inputs per run of a predictor. */
  readonly batch: number;
  /** The folder of the results in `output`. */
  readonly out: string;
  readonly settings: PredictionSettings;
  readonly inputs: FoundInputs;
  /** How 16-bit images become grey; by default each by the bits that it uses. */
  readonly depth?: Depth | undefined;
  /** The size of the images' pixels; by default what the files say. */
  readonly spacings?: Spacings | undefined;
  /** Predict only this shard and write a part file for a later merge. */
  readonly shard?: Shard | undefined;
  /** Threads to use, by default one per core; without effect on the result. */
  readonly threads?: number | undefined;
  /** Whether images are written while the next ones are computed; by default if there are some. */
  readonly isOverlapped?: boolean | undefined;
  /** Stops between two images, also while the next one is decoded. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each image. */
  readonly done?: (result: Result) => void;
}

/**
 * Predicts the images of a job and continues after a bad one. Returns a result per image; after a
 * signal, only for the images that were computed by then. A stopped shard leaves no part file.
 */
export async function predictFiles(job: PredictJob): Promise<Result[]> {
  const { out, settings, shard, output } = job;
  const images = shard ? itemsOf(job.inputs.images, shard) : job.inputs.images;
  await markFolder(job);
  const pictures = hasPage(images.length, shard)
    ? new PagePictures(images.length, settings.threshold)
    : undefined;
  const results: Result[] = [];
  const done = (result: Result) => {
    results.push(result);
    job.done?.(result);
  };
  const { threads, isOverlapped = images.length >= MANY_IMAGES } = job;
  const workers = isOverlapped ? packersFor(threads) : 0;
  await using writer = new ImageWriter({ output, out, settings, pictures, workers, done });
  // A GPU computes some images while the thread measures those before.
  for await (const predicted of oneAhead(begunGroups(images, job), isOverlapped)) {
    for (const image of predicted) await writer.add(image);
  }
  await writer.end();
  if (shard === undefined) {
    await writeLists(output, out, listsOf(settings, job.inputs.failures, results), pictures);
  } else if (results.length === images.length) {
    await writePart(job, shard, results);
  }
  return results;
}

/**
 * Loads groups of images and begins to run the models on each; ends after a signal. The next images
 * are read and decoded meanwhile.
 */
async function* begunGroups(
  images: readonly PredictInput[],
  job: PredictJob,
): AsyncGenerator<() => Promise<Predicted[]>> {
  const { settings, signal, batch, threads, depth, spacings } = job;
  const atOnce = Math.ceil(batch / FLIPS_OF[settings.tta].length);
  const pairs = images.map(({ path }) => ({ image: path, masks: [] }));
  const options = {
    ...(threads !== undefined && { workers: workersFor(threads) }),
    ...(signal && { signal }),
    ...(depth && { depth }),
    spacings,
  };
  let first = 0;
  try {
    for await (const loaded of inGroups(load(job.data, pairs, options), atOnce)) {
      if (signal?.aborted) break;
      yield await beginSome(images.slice(first, first += loaded.length), loaded, job);
    }
  } catch (error) {
    if (!signal?.aborted || error !== signal.reason) throw error;
  }
}

/** Whether a prediction of so many images, or its shard, writes a page. */
export function hasPage(images: number, shard?: Shard): boolean {
  return shard === undefined && images <= MOST_PAGE_IMAGES;
}

/** Groups of `size` images; smaller at the end, and where large images would fill the memory. */
async function* inGroups(
  items: AsyncIterable<LoadedPair>,
  size: number,
): AsyncGenerator<LoadedPair[]> {
  let group: LoadedPair[] = [];
  let bytes = 0;
  for await (const item of items) {
    group.push(item);
    bytes += item.image?.decoded.pixels.byteLength ?? 0;
    if (group.length < size && bytes < MOST_BYTES) continue;
    yield group;
    [group, bytes] = [[], 0];
  }
  if (group.length > 0) yield group;
}

/**
 * Begins to run the models on loaded images, as one batch of inputs; `inputs` are theirs. The
 * function that it returns waits for the answers.
 */
async function beginSome(
  inputs: readonly PredictInput[],
  loaded: readonly LoadedPair[],
  job: PredictJob,
): Promise<() => Promise<Predicted[]>> {
  const begun: (() => Promise<ModelAnswers[]>)[] = [];
  for (const k of job.predictors.keys()) begun.push(await beginModel(loaded, k, job));
  return async () => {
    const answers: ModelAnswers[][] = [];
    for (const wait of begun) answers.push(await wait());
    return loaded.map(({ image, refused }, k) => ({
      input: inputs[k],
      image: image?.grey ?? refused[0].error.message,
      answers: answers.map((ofModel) => ofModel[k]),
    }));
  };
}

/** The answers of the k-th model for each image; none for an image that cannot be used. */
async function beginModel(
  loaded: readonly LoadedPair[],
  k: number,
  { predictors, batch, settings }: PredictJob,
): Promise<() => Promise<ModelAnswers[]>> {
  const { network_width: width, network_height: height, fit } = settings.members?.[k] ?? settings;
  const input = { width, height, fit };
  const inputs = loaded.map(({ image }) =>
    image ? preprocess(image.grey, input, settings.tta) : []
  );
  const begun = await beginBatch(inputs.flat(), predictors[k], input, batch);
  return async () => {
    const answers = await begun();
    return inputs.map(({ length }) => ({ answers: answers.splice(0, length), input }));
  };
}

/** Writes the file that marks a folder of predictions. */
async function markFolder({ output, out, settings, shard }: PredictJob): Promise<void> {
  if (shard) return await output.makeFolder(`${out}/${PARTS_FOLDER}`);
  await output.makeFolder(out);
  await output.writeFile(`${out}/${PREDICTIONS_FILE}`, predictionsJson(settings, [], []));
}

async function writePart(
  { output, out, settings, inputs }: PredictJob,
  shard: Shard,
  results: readonly Result[],
): Promise<void> {
  const part = {
    shard: shard.index,
    shards: shard.count,
    images: inputs.images.length,
    list_sha256: await listHash(inputs),
    settings,
    unusable: inputs.failures,
    results,
  };
  await output.writeFile(partPath(out, shard), partJson(part));
}
