/**
 * Pictures in a run folder: the loss curves, and validation images with predicted and true masks.
 *
 * @module
 */
import { type Batch, maskFloats, type OverlapCounts } from "../core/batch.ts";
import { mapped } from "../core/mapped.ts";
import { baseName, stemOf } from "../core/paths.ts";
import type { Sample } from "../dataset/samples.ts";
import type { Trainer } from "../engine/engine.ts";
import { type Fit, unfit } from "../image/fit.ts";
import type { GreyImage } from "../image/image.ts";
import { countOverlap, diceOf, THRESHOLD } from "../image/overlap.ts";
import { contactSheet, type SheetItem } from "../pictures/contact_sheet.ts";
import { PANEL_PICTURE_SIDE, type PanelSample, samplePanel } from "../pictures/panel.ts";
import { fitInto } from "../pictures/picture.ts";
import { lossChartPng } from "../report/loss_chart.ts";
import type { BatchSource } from "../train/loop.ts";
import { bestOf, type HistoryRow } from "../train/progress.ts";

/** Draws `loss.png` of the run with this name. */
export function lossPicture(
  history: readonly HistoryRow[],
  name: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const best = bestOf(history);
  // Only a measured Dice or loss makes an epoch the best one.
  const isMeasured = best !== undefined && (best.valDice ?? best.valLoss) !== null;
  return lossChartPng(history, {
    bestEpoch: isMeasured ? best.epoch : undefined,
    title: `${name}: loss and overlap by epoch`,
  });
}

/** A PNG file and its name in `samples/`. */
export interface SamplePicture {
  readonly file: string;
  readonly png: Uint8Array<ArrayBuffer>;
}

/** The name in `samples/` of the picture of a validation image, counted from 0. */
export function sampleFile(index: number, image: string): string {
  return `${String(index + 1).padStart(2, "0")} ${stemOf(image)}.png`;
}

/** The name in `samples/` of the picture of all. */
export const MOSAIC_FILE = "mosaic.png";

/** What the pictures of samples show. */
export interface SampleRequest {
  /** The validation images, in order. */
  readonly samples: readonly Sample[];
  /** How images lie in the network's input. */
  readonly fit: Fit;
  /** The most images that are drawn. */
  readonly count: number;
  /** The epoch of the trainer's weights. */
  readonly epoch: number;
}

/**
 * Draws the first validation images, in their own proportions, with the masks that the trainer
 * predicts now at the network's size. The last picture is one of all.
 */
export async function* samplePictures(
  trainer: Trainer,
  batches: BatchSource,
  { samples, fit, count, epoch }: SampleRequest,
): AsyncGenerator<SamplePicture> {
  const items: SheetItem[] = [];
  for (let index = 0; index < batches.valBatches && items.length < count; index++) {
    const batch = batches.valBatch(index);
    const logits = await trainer.logits(batch);
    const truth = { ...batch, masks: maskFloats(batch.masks) };
    for (let image = 0; image < batch.n && items.length < count; image++) {
      const sample = samples[items.length];
      const shown = sampleOf(truth, logits, image, sample, fit);
      const { verdict, ...pictures } = shown;
      const title = `${baseName(sample.path)}, epoch ${epoch}`;
      const png = await samplePanel({ ...shown, title });
      yield { file: sampleFile(items.length, sample.path), png };
      items.push({ ...pictures, name: stemOf(sample.path), words: verdict });
    }
  }
  if (items.length === 0) return;
  const title = `The first validation images, epoch ${epoch}`;
  yield { file: MOSAIC_FILE, png: await contactSheet(items, { title }) };
}

/** An image of a batch with its masks, in its own proportions, and a verdict. */
function sampleOf(
  { width, height, images, masks }: Batch,
  logits: Float32Array,
  image: number,
  { originalWidth, originalHeight }: Sample,
  fit: Fit,
): Omit<PanelSample, "title"> {
  const area = width * height;
  const of = <Values extends Uint8Array | Float32Array>(values: Values) =>
    values.subarray(image * area, (image + 1) * area) as Values;
  const original = { width: originalWidth, height: originalHeight };
  const at = fitInto(original, PANEL_PICTURE_SIDE, PANEL_PICTURE_SIDE);
  const shown = (values: Float32Array, byteOf: (value: number) => number): GreyImage => {
    const own = unfit(values, { width, height, fit }, original, at);
    return { ...at, pixels: mapped(new Uint8Array(own.length), own, byteOf) };
  };
  return {
    image: shown(Float32Array.from(of(images)), Math.round),
    predicted: shown(of(logits), (value) => value > 0 ? 255 : 0),
    truth: shown(of(masks), (value) => Math.round(value * 255)),
    verdict: verdictOf(overlapOf(of(masks), of(logits), { width, height }), area),
  };
}

/** How well the masks agree at the network's size. */
function overlapOf(
  truth: Float32Array,
  logits: Float32Array,
  size: { readonly width: number; readonly height: number },
): OverlapCounts {
  const maskOf = (values: Float32Array, limit: number): GreyImage => ({
    ...size,
    pixels: mapped(new Uint8Array(values.length), values, (value) => value > limit ? 255 : 0),
  });
  return countOverlap(maskOf(truth, THRESHOLD), maskOf(logits, 0));
}

/** How good a prediction is, in a few words; an image of `pixels` without a lesion has some too. */
export function verdictOf(overlap: OverlapCounts, pixels: number): string {
  const { truth, predicted } = overlap;
  if (truth > 0) {
    return predicted === 0 ? "nothing predicted" : `Dice ${diceOf(overlap).toFixed(3)}`;
  }
  return predicted === 0
    ? "lesion-free, no false alarm"
    : `lesion-free, false alarm: ${percent(predicted, pixels)} of the image`;
}

/** A share in percent that is never rounded to nothing. */
function percent(part: number, whole: number): string {
  const value = 100 * part / whole;
  return value < 0.1 ? "under 0.1 %" : `${value.toFixed(1)} %`;
}
