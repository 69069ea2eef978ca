/**
 * The strip of the report: the same validation images through the epochs. Snapshots show the epochs
 * for which they were taken; what the models of the best and of the last epoch predict is computed
 * when the report is written, so both are always there.
 *
 * @module
 */
import { evenly } from "../core/evenly.ts";
import { mapped } from "../core/mapped.ts";
import type { Engine } from "../engine/engine.ts";
import { encodeGrey } from "../image/codecs/encode.ts";
import { MOST_FILE_BYTES } from "../image/codecs/header.ts";
import type { GreyImage } from "../image/image.ts";
import { resizeGrey } from "../image/resize.ts";
import { readModel } from "../model/model_file.ts";
import { networkToPredict } from "../model/model_input.ts";
import { outlinePath } from "../pictures/outline_path.ts";
import { shrunkInto } from "../pictures/picture.ts";
import { runBatch } from "../predict/logits.ts";
import type { Strip } from "../report/page/report_data.ts";
import type { FileStore } from "../store/store.ts";
import type { TrainingConfig } from "../train/config.ts";
import { bestOf, type Progress } from "../train/progress.ts";
import { forInformation, type Warn } from "./for_information.ts";
import { FILES, type RunFolder } from "./run_folder.ts";
import {
  epochOfSnapshot,
  probabilityByte,
  readSnapshot,
  SNAPSHOT_FILES,
  snapshotFile,
} from "./snapshots.ts";

/** Largest length of the longer side of the pictures in the strip, in px. */
const STRIP_SIDE = 256;

/** Largest number of columns in the strip, besides the best and the last epoch. */
const STRIP_EPOCHS = 12;

/** The predictions of a model for the images of the snapshots, as snapshots have them. */
export interface StripEnd {
  readonly epoch: number;
  readonly predicted: readonly GreyImage[];
}

/** A run with the models of its best and its last epoch. */
export interface StripEndsRequest {
  readonly output: FileStore;
  readonly run: RunFolder;
  readonly engine: Engine;
  readonly config: TrainingConfig;
  readonly progress: Progress;
}

/**
 * Predicts the images of the snapshots with the models of the best and of the last epoch, unless
 * there is a snapshot of that epoch. An epoch whose model is missing or damaged is left out; so is
 * the last one if training has stopped within the next.
 */
export async function stripEnds(request: StripEndsRequest): Promise<StripEnd[]> {
  const { run, config, progress } = request;
  const images = await forInformation(() => readTiles(run, config, SNAPSHOT_FILES.images));
  if (images === undefined) return [];
  const kept = new Set((await run.list(FILES.snapshots)).map(epochOfSnapshot));
  const wanted = new Map<number | undefined, string>([[
    bestOf(progress.history)?.epoch,
    FILES.best,
  ]]);
  if (progress.losses.length === 0 && !wanted.has(progress.epoch)) {
    wanted.set(progress.epoch, FILES.last);
  }
  const ends: StripEnd[] = [];
  for (const [epoch, file] of wanted) {
    if (epoch === undefined || kept.has(epoch)) continue;
    const predicted = await forInformation(() => predictWith(request, file, epoch, images));
    if (predicted !== undefined) ends.push({ epoch, predicted });
  }
  return ends;
}

/** The predictions of a model; `undefined` if it is not that of the epoch. */
async function predictWith(
  { output, run, engine }: StripEndsRequest,
  file: string,
  epoch: number,
  images: readonly GreyImage[],
): Promise<GreyImage[] | undefined> {
  const model = await readModel(output, run.file(file));
  if (model.info?.epoch !== epoch) return undefined;
  const { plan, weights } = networkToPredict(model, model.info.config, 1);
  const predictor = await engine.predictor(plan, weights);
  try {
    const answers = await runBatch(images.map(({ pixels }) => pixels), predictor, images[0], 1);
    return images.map(({ width, height }, k) => ({
      width,
      height,
      pixels: mapped(new Uint8Array(width * height), answers[k], probabilityByte),
    }));
  } finally {
    predictor.close();
  }
}

/** What a strip is made of. */
export interface StripParts {
  readonly config: TrainingConfig;
  /** The validation images. */
  readonly names: readonly string[];
  /** The number of finished epochs. */
  readonly finished: number;
  readonly best: number | undefined;
  readonly ends: readonly StripEnd[];
  readonly warn: Warn;
}

/**
 * The first validation images through the epochs; `undefined` if there are no pictures of them. A
 * damaged picture leaves its epoch out.
 */
export async function stripOf(
  run: RunFolder,
  { config, names, finished, best, ends, warn }: StripParts,
): Promise<Strip | undefined> {
  const images = await readTiles(run, config, SNAPSHOT_FILES.images);
  const truth = await readTiles(run, config, SNAPSHOT_FILES.truth);
  if (images === undefined || truth?.length !== images.length) return undefined;
  const known = (await run.list(FILES.snapshots)).map((file) => epochOfSnapshot(file) ?? Infinity)
    .filter((epoch) => epoch <= finished);
  const shown = [
    ...ends,
    ...epochsToShow(known, best).map((epoch) => ({ epoch, predicted: null })),
  ];
  const epochs: Strip["epochs"][number][] = [];
  for (const { epoch, predicted: known } of shown.sort((a, b) => a.epoch - b.epoch)) {
    const predicted = known ??
      await forInformation(() => readTiles(run, config, snapshotFile(epoch)), warn);
    if (predicted?.length !== images.length) continue;
    const outlines = predicted.map((image) => outlinePath(shrunk(image)));
    const note = [epoch === best && "best", epoch === finished && "last"].filter(Boolean).join(
      ", ",
    );
    epochs.push({ epoch, ...(note !== "" && { note }), predicted: outlines });
  }
  if (epochs.length === 0) return undefined;
  const { width, height } = shrunk(images[0]);
  return {
    width,
    height,
    images: images.map((image, k) => ({
      name: names[k] ?? `validation image ${k + 1}`,
      png: encodeGrey(shrunk(image)).toBase64(),
      truth: outlinePath(shrunk(truth[k])),
    })),
    epochs,
  };
}

/** Evenly spaced epochs of those with a snapshot, the best always among them, and the last one. */
export function epochsToShow(known: readonly number[], best: number | undefined): number[] {
  const sorted = known.toSorted((a, b) => a - b);
  const shown = new Set(evenly(sorted, STRIP_EPOCHS));
  return sorted.filter((epoch) => shown.has(epoch) || epoch === best);
}

/** The images of a file in the folder of the snapshots; `undefined` without it. */
async function readTiles(
  run: RunFolder,
  config: TrainingConfig,
  file: string,
): Promise<GreyImage[] | undefined> {
  const path = `${FILES.snapshots}/${file}`;
  const bytes = await run.readBytes(path, { limit: MOST_FILE_BYTES });
  return bytes && readSnapshot(bytes, run.file(path), config);
}

/** An image at the size of the strip, at most its own. */
function shrunk(image: GreyImage): GreyImage {
  const { width, height } = shrunkInto(image, STRIP_SIDE);
  return resizeGrey(image, width, height);
}
