/**
 * Predicts image files and writes what was found into one folder: per image `NAME_mask.png`,
 * `NAME_probability.png`, `NAME_overlay.png` (with flips also `NAME_uncertainty.png`), and lists for all.
 *
 * The mark of a folder of predictions is there before the first mask: such a folder is never searched for
 * images, so that a predicted mask cannot become ground truth, even when the program is stopped.
 *
 * @module
 */
import { decodeGrey } from "../image/codecs/decode.ts";
import { PARTS_FOLDER, PREDICTIONS_FILE } from "../dataset/discover.ts";
import { encodeGrey, encodeGrey16, encodeRgb } from "../image/codecs/encode.ts";
import type { DataFolder } from "../store/folder.ts";
import type { GreyImage } from "../image/image.ts";
import type { Predictor } from "../engine/engine.ts";
import { InputError } from "../core/errors.ts";
import { overlay } from "../pictures/overlay.ts";
import { entryOf, type Failure, type PredictionSettings, predictionsJson } from "./entries.ts";
import { FLIPS } from "./flips.ts";
import { type FoundInputs, listHash, type PredictInput } from "./inputs.ts";
import { listsOf, writeLists, writeText } from "./lists.ts";
import { answersTo, inputsOf } from "./logits.ts";
import { type Prediction, predictionOf, type PredictionOptions } from "./predict_image.ts";
import { isFailure, itemsOf, partJson, partPath, type Result, type Shard } from "./shards.ts";

/** What {@linkcode predictFiles} works with. */
export interface PredictJob {
  readonly data: DataFolder;
  readonly predictor: Predictor;
  /** How many inputs the predictor takes at once. */
  readonly batch: number;
  /** The output folder, relative to the data directory. */
  readonly out: string;
  readonly settings: PredictionSettings;
  readonly inputs: FoundInputs;
  /** Predict these alone and write a part, to be merged. */
  readonly shard?: Shard | undefined;
  /** Stops between images. */
  readonly signal?: AbortSignal | undefined;
  /** Called after every image. */
  readonly done?: (result: Result) => void;
}

/**
 * Predicts the images of a job, going on past bad ones. Returns what became of each; where the signal stopped it, of
 * those that were done (a shard that was stopped leaves no part).
 */
export async function predictFiles(job: PredictJob): Promise<Result[]> {
  const { out, settings, shard, signal, batch } = job;
  const images = shard ? itemsOf(job.inputs.images, shard) : job.inputs.images;
  await markFolder(job);
  const atOnce = Math.ceil(batch / (settings.tta ? FLIPS.length : 1));
  const results: Result[] = [];
  for (let first = 0; first < images.length && !signal?.aborted; first += atOnce) {
    results.push(...await predictSome(images.slice(first, first + atOnce), job));
  }
  if (shard === undefined) {
    await writeLists(job.data, out, listsOf(settings, job.inputs.failures, results));
  } else if (results.length === images.length) {
    await writePart(job, shard, results);
  }
  return results;
}

/** Predicts images whose inputs go through the network together. */
async function predictSome(images: readonly PredictInput[], job: PredictJob): Promise<Result[]> {
  const { data, predictor, batch, settings } = job;
  const size = { width: settings.network_width, height: settings.network_height };
  const options = optionsOf(settings);
  const read = await Promise.all(images.map(({ path }) =>
    attempt(path, async () => {
      const image = decodeGrey(await data.readFile(path), path);
      return { image, inputs: inputsOf(image, size, settings.tta) };
    })
  ));
  const inputs = read.flatMap((one) => isFailure(one) ? [] : one.inputs);
  const answers = await answersTo(inputs, predictor, size, batch);
  const results: Result[] = [];
  for (const [k, { path, stem }] of images.entries()) {
    const one = read[k];
    const result = isFailure(one) ? one : await attempt(path, async () => {
      const own = answers.splice(0, one.inputs.length);
      const found = predictionOf(own, one.image, size, settings.threshold, options);
      await writePictures(job, stem, one.image, found);
      return entryOf(path, stem, found);
    });
    results.push(result);
    job.done?.(result);
  }
  return results;
}

/** Names a file that cannot be used, and goes on. */
async function attempt<Value>(input: string, call: () => Promise<Value>): Promise<Value | Failure> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { input, error: error.message };
  }
}

function optionsOf({ tta, min_area_px, keep_largest }: PredictionSettings): PredictionOptions {
  return { tta, minArea: min_area_px, keepLargest: keep_largest };
}

async function writePictures(
  { data, out }: PredictJob,
  stem: string,
  image: GreyImage,
  { mask, probability, uncertainty }: Prediction,
): Promise<void> {
  const { width, height } = image;
  const name = `${out}/${stem}`;
  await data.makeFolder(name.slice(0, name.lastIndexOf("/")));
  await data.writeFile(`${name}_mask.png`, encodeGrey(mask));
  await data.writeFile(`${name}_probability.png`, encodeGrey16(probability, width, height));
  if (uncertainty) {
    await data.writeFile(`${name}_uncertainty.png`, encodeGrey16(uncertainty, width, height));
  }
  await data.writeFile(`${name}_overlay.png`, encodeRgb(overlay(image, mask), width, height));
}

/** Puts the mark of a folder of predictions there. */
async function markFolder({ data, out, settings, shard }: PredictJob): Promise<void> {
  if (shard) return await data.makeFolder(`${out}/${PARTS_FOLDER}`);
  await data.makeFolder(out);
  await writeText(data, `${out}/${PREDICTIONS_FILE}`, predictionsJson(settings, [], []));
}

async function writePart(
  { data, out, settings, inputs }: PredictJob,
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
  await writeText(data, partPath(out, shard), partJson(part));
}
