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
import { listImages, pairByName, PREDICTIONS_FILE } from "../data/discover.ts";
import { encodeGrey, encodeGrey16, encodeRgb } from "../data/encode.ts";
import type { DataFolder } from "../data/folder.ts";
import type { Predictor } from "../engine/engine.ts";
import { InputError } from "../errors.ts";
import { overlay } from "../report/overlay.ts";
import { type InputSize, predictImage, type Prediction } from "./predict.ts";

/** An image to predict. */
export interface PredictInput {
  /** Relative to the data directory. */
  readonly path: string;
  /** Where its files go, relative to the output folder, without ending: "benign/benign (1)". */
  readonly stem: string;
}

/** An image, or what was given instead of one, that could not be predicted. */
export interface Failure {
  readonly input: string;
  readonly error: string;
}

/** What {@linkcode findInputs} found. */
export interface FoundInputs {
  readonly images: readonly PredictInput[];
  readonly failures: readonly Failure[];
}

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

/**
 * Lists the images that files and folders name. In a folder, masks and Sonoseg's own outputs are left out;
 * a file is taken as it is. What does not exist or lies outside the data directory becomes a failure.
 *
 * Throws {@linkcode InputError} when two images would be written under one name.
 */
export async function findInputs(
  data: DataFolder,
  given: readonly string[],
  maskPattern: string,
): Promise<FoundInputs> {
  const failures: Failure[] = [];
  const byStem = new Map<string, string>();
  for (const input of given) {
    try {
      for (const { path, stem } of await imagesOf(data, input, maskPattern)) {
        const other = byStem.get(stem);
        if (other !== undefined && other !== path) {
          throw new NameClash(
            `${other} and ${path} would both be written as ${stem}_mask.png; predict them one after the ` +
              `other into different folders with --out`,
          );
        }
        byStem.set(stem, path);
      }
    } catch (error) {
      if (!(error instanceof InputError) || error instanceof NameClash) throw error;
      failures.push({ input, error: error.message });
    }
  }
  return { images: [...byStem].map(([stem, path]) => ({ path, stem })), failures };
}

class NameClash extends InputError {}

async function imagesOf(
  data: DataFolder,
  input: string,
  maskPattern: string,
): Promise<PredictInput[]> {
  const path = data.relative(input);
  const kind = await data.kindOf(path);
  if (kind === undefined) throw new InputError(`${input}: there is no such file or folder`);
  if (kind !== "folder") {
    return [{ path, stem: withoutEnding(path.slice(path.lastIndexOf("/") + 1)) }];
  }
  const { pairs, unmasked } = pairByName(await listImages(data, path), maskPattern);
  const images = [...pairs.map(({ image }) => image), ...unmasked].sort();
  if (images.length === 0) throw new InputError(`${input}: there are only masks in this folder`);
  const from = path === "" ? 0 : path.length + 1;
  return images.map((image) => ({ path: image, stem: withoutEnding(image.slice(from)) }));
}

/**
 * Throws {@linkcode InputError} for an output folder that would hide images from discovery or mix with them: one
 * that holds an input, or any image that no earlier prediction put there.
 */
export async function checkOutput(
  data: DataFolder,
  out: string,
  images: readonly PredictInput[],
): Promise<void> {
  const folder = data.relative(out);
  const inside = images.find(({ path }) => folder === "" || path.startsWith(`${folder}/`));
  if (inside !== undefined) {
    throw new InputError(
      `--out ${
        out || "."
      } holds the input ${inside.path}; choose another folder, so that predicted masks never ` +
        `lie among the images`,
    );
  }
  const kind = await data.kindOf(folder);
  if (kind === undefined) return;
  if (kind !== "folder") throw new InputError(`--out ${out} is a file; expected a folder`);
  if (await data.exists(`${folder}/${PREDICTIONS_FILE}`)) return;
  const files = await data.walk(folder);
  if (files.length === 0) return;
  throw new InputError(
    `--out ${out} holds other files already (${files[0]}); choose an empty or a new folder`,
  );
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

function withoutEnding(name: string): string {
  return name.replace(/\.[^./]*$/, "");
}
