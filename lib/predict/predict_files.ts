/**
 * Predicts image files and writes what was found beside each other into one folder:
 * `NAME_mask.png`, `NAME_probability.png`, `NAME_overlay.png` per image and `predictions.json` for all.
 *
 * `predictions.json` is written before the first mask: the folder that holds it is never searched for
 * images, so that a predicted mask cannot become ground truth, even when the program is stopped.
 *
 * @module
 */
import { decodeGrey } from "../data/decode.ts";
import { PREDICTIONS_FILE } from "../data/discover.ts";
import { encodeGrey, encodeGrey16, encodeRgb } from "../data/encode.ts";
import type { DataFolder } from "../data/folder.ts";
import type { Predictor } from "../engine/engine.ts";
import { InputError } from "../errors.ts";
import { overlay } from "../report/overlay.ts";
import type { Failure, FoundInputs, PredictInput } from "./inputs.ts";
import { type InputSize, predictImage, type Prediction } from "./predict_image.ts";

/** One image's entry in `predictions.json`. */
export interface PredictionEntry {
  readonly input: string;
  readonly width: number;
  readonly height: number;
  readonly lesions: number;
  readonly area_px: number;
  readonly mean_probability: number | null;
  readonly mask: string;
  readonly probability: string;
  readonly overlay: string;
}

/** What stands at the head of `predictions.json`. */
export interface PredictionHead {
  readonly model: string;
  readonly threshold: number;
  readonly network_width: number;
  readonly network_height: number;
  readonly mean: number;
  readonly std: number;
}

/** What {@linkcode predictFiles} works with. */
export interface PredictJob {
  readonly data: DataFolder;
  readonly predictor: Predictor;
  readonly size: InputSize;
  readonly threshold: number;
  /** The output folder, relative to the data directory. */
  readonly out: string;
  readonly head: PredictionHead;
  readonly inputs: FoundInputs;
  /** Called after every image. */
  readonly done?: (entry: PredictionEntry) => void;
  /** Called for every image that fails. */
  readonly failed?: (failure: Failure) => void;
}

/** Predicts all images, going on past bad ones. Returns the failures, those of `inputs` included. */
export async function predictFiles(job: PredictJob): Promise<Failure[]> {
  const entries: PredictionEntry[] = [];
  const failures: Failure[] = [...job.inputs.failures];
  await writeList(job, entries, failures);
  for (const input of job.inputs.images) {
    try {
      const entry = await predictFile(job, input);
      entries.push(entry);
      job.done?.(entry);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const failure = { input: input.path, error: error.message };
      failures.push(failure);
      job.failed?.(failure);
    }
  }
  await writeList(job, entries, failures);
  return failures;
}

async function predictFile(
  job: PredictJob,
  { path, stem }: PredictInput,
): Promise<PredictionEntry> {
  const { data, predictor, size, threshold, out } = job;
  const image = decodeGrey(await data.readFile(path), path);
  const found: Prediction = await predictImage(predictor, image, size, threshold);
  const { width, height } = image;
  const files = {
    mask: `${stem}_mask.png`,
    probability: `${stem}_probability.png`,
    overlay: `${stem}_overlay.png`,
  };
  const folder = `${out}/${stem}`;
  await data.makeFolder(folder.slice(0, folder.lastIndexOf("/")));
  await data.writeFile(`${out}/${files.mask}`, encodeGrey(found.mask));
  await data.writeFile(
    `${out}/${files.probability}`,
    encodeGrey16(found.probability, width, height),
  );
  await data.writeFile(
    `${out}/${files.overlay}`,
    encodeRgb(overlay(image, found.mask), width, height),
  );
  return {
    input: path,
    width,
    height,
    lesions: found.lesions,
    area_px: found.area,
    mean_probability: found.meanProbability,
    ...files,
  };
}

async function writeList(
  { data, out, head }: PredictJob,
  images: readonly PredictionEntry[],
  failed: readonly Failure[],
): Promise<void> {
  const text = JSON.stringify({ ...head, images, failed }, null, 2);
  await data.makeFolder(out);
  await data.writeFile(`${out}/${PREDICTIONS_FILE}`, new TextEncoder().encode(`${text}\n`));
}
