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
import { InputError } from "../core/errors.ts";
import { folderName } from "../core/paths.ts";
import type { Depth } from "../dataset/depth.ts";
import { PARTS_FOLDER, PREDICTIONS_FILE } from "../dataset/image_files.ts";
import { load, type LoadedPair } from "../dataset/load.ts";
import type { Predictor } from "../engine/engine.ts";
import { encodeGrey, encodeGrey16, encodeRgb } from "../image/codecs/encode.ts";
import type { GreyImage } from "../image/image.ts";
import { overlay } from "../pictures/overlay.ts";
import type { FileStore } from "../store/store.ts";
import {
  entryOf,
  type Failure,
  leastAreaOf,
  type PredictionSettings,
  predictionsJson,
} from "./entries.ts";
import { FLIPS_OF } from "./flips.ts";
import { type FoundInputs, listHash, type PredictInput } from "./inputs.ts";
import { listsOf, writeLists } from "./lists.ts";
import { preprocess, runBatch } from "./logits.ts";
import { MOST_PAGE_IMAGES, PagePictures } from "./page/page_pictures.ts";
import {
  type ModelAnswers,
  type Prediction,
  predictionOf,
  type PredictionOptions,
} from "./predict_image.ts";
import { itemsOf, partJson, partPath, type Result, type Shard } from "./shards.ts";

/** The most bytes of pixels of images that go through the network together. */
const MOST_BYTES = 2 ** 28;

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
  /** Predict only this shard and write a part file for a later merge. */
  readonly shard?: Shard | undefined;
  /** The most workers that decode, by default one per core; it has no effect on the result. */
  readonly workers?: number | undefined;
  /** Stops between two images, also while the next one is decoded. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each image. */
  readonly done?: (result: Result) => void;
}

/**
 * Predicts the images of a job and continues after a bad one. Returns a result per image; after a
 * signal, only for the images done. A stopped shard leaves no part file.
 */
export async function predictFiles(job: PredictJob): Promise<Result[]> {
  const { out, settings, shard, signal, batch, workers, depth } = job;
  const images = shard ? itemsOf(job.inputs.images, shard) : job.inputs.images;
  await markFolder(job);
  const atOnce = Math.ceil(batch / FLIPS_OF[settings.tta].length);
  const pairs = images.map(({ path }) => ({ image: path, masks: [] }));
  const pictures = hasPage(images.length, shard)
    ? new PagePictures(images.length, settings.threshold)
    : undefined;
  const results: Result[] = [];
  // The next images are read and decoded while some are predicted.
  const options = {
    ...(workers !== undefined && { workers }),
    ...(signal && { signal }),
    ...(depth && { depth }),
  };
  try {
    for await (const loaded of inGroups(load(job.data, pairs, options), atOnce)) {
      if (signal?.aborted) break;
      results.push(...await predictSome(images.slice(results.length), loaded, job, pictures));
    }
  } catch (error) {
    if (!signal?.aborted || error !== signal.reason) throw error;
  }
  if (shard === undefined) {
    await writeLists(job.output, out, listsOf(settings, job.inputs.failures, results), pictures);
  } else if (results.length === images.length) {
    await writePart(job, shard, results);
  }
  return results;
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

/** Predicts loaded images as one batch of inputs; `names` begins with theirs. */
async function predictSome(
  names: readonly PredictInput[],
  loaded: readonly LoadedPair[],
  job: PredictJob,
  pictures: PagePictures | undefined,
): Promise<Result[]> {
  const { settings } = job;
  const answers: ModelAnswers[][] = [];
  for (const k of job.predictors.keys()) answers.push(await answersOf(loaded, k, job));
  const results: Result[] = [];
  for (const [k, { image, refused }] of loaded.entries()) {
    const { path, stem } = names[k];
    const result = image === undefined
      ? { input: path, error: refused[0].error.message }
      : await attempt(path, async () => {
        const own = answers.map((ofModel) => ofModel[k]);
        const options = optionsOf(settings, image.grey);
        const found = predictionOf(own, image.grey, settings.threshold, options);
        await writePictures(job, stem, image.grey, found);
        await pictures?.add(path, image.grey, found);
        return entryOf(path, stem, found, settings);
      });
    results.push(result);
    job.done?.(result);
  }
  return results;
}

/** The answers of the k-th model for each image; none for an image that cannot be used. */
async function answersOf(
  loaded: readonly LoadedPair[],
  k: number,
  { predictors, batch, settings }: PredictJob,
): Promise<ModelAnswers[]> {
  const { network_width: width, network_height: height, fit } = settings.members?.[k] ?? settings;
  const input = { width, height, fit };
  const inputs = loaded.map(({ image }) =>
    image ? preprocess(image.grey, input, settings.tta) : []
  );
  const answers = await runBatch(inputs.flat(), predictors[k], input, batch);
  return inputs.map(({ length }) => ({ answers: answers.splice(0, length), input }));
}

/** Turns an {@linkcode InputError} into a failure. */
async function attempt<Value>(input: string, call: () => Promise<Value>): Promise<Value | Failure> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { input, error: error.message };
  }
}

function optionsOf(settings: PredictionSettings, image: GreyImage): PredictionOptions {
  const { tta, keep_largest } = settings;
  return { tta, minArea: leastAreaOf(settings, image), keepLargest: keep_largest };
}

async function writePictures(
  { output, out }: PredictJob,
  stem: string,
  image: GreyImage,
  { mask, probability, uncertainty }: Prediction,
): Promise<void> {
  const { width, height } = image;
  const name = `${out}/${stem}`;
  await output.makeFolder(folderName(name));
  await output.writeFile(`${name}_mask.png`, encodeGrey(mask));
  await output.writeFile(`${name}_probability.png`, encodeGrey16(probability, width, height));
  if (uncertainty) {
    await output.writeFile(`${name}_uncertainty.png`, encodeGrey16(uncertainty, width, height));
  }
  await output.writeFile(`${name}_overlay.png`, encodeRgb(overlay(image, mask), width, height));
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
