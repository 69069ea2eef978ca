/**
 * Pictures in a run folder: the loss curves, and validation images with predicted and true masks.
 *
 * @module
 */
import type { Batch } from "../core/batch.ts";
import { mapped } from "../core/mapped.ts";
import { stemOf } from "../core/paths.ts";
import type { Trainer } from "../engine/engine.ts";
import type { GreyImage } from "../image/image.ts";
import { countOverlap, diceOf, THRESHOLD } from "../image/overlap.ts";
import { samplePanel } from "../pictures/panel.ts";
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

/**
 * Draws the first `count` validation images with the masks that the trainer predicts now, at the
 * network's input size. `names` are the paths of the validation images, in order.
 */
export async function* samplePictures(
  trainer: Trainer,
  batches: BatchSource,
  names: readonly string[],
  count: number,
): AsyncGenerator<SamplePicture> {
  let number = 0;
  for (let index = 0; index < batches.valBatches && number < count; index++) {
    const batch = batches.valBatch(index);
    const logits = await trainer.logits(batch);
    for (let image = 0; image < batch.n && number < count; image++) {
      const name = names[number];
      yield {
        file: sampleFile(number, name),
        png: await panelOf(batch, logits, image, name),
      };
      number++;
    }
  }
}

function panelOf(
  { width, height, images, masks }: Batch,
  logits: Float32Array,
  image: number,
  title: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const area = width * height;
  const from = image * area;
  const maskOf = (values: Float32Array, byteOf: (value: number) => number): GreyImage => ({
    width,
    height,
    pixels: mapped(new Uint8Array(area), values.subarray(from, from + area), byteOf),
  });
  const predicted = maskOf(logits, (value) => value > 0 ? 255 : 0);
  const overlap = countOverlap(maskOf(masks, (value) => value > THRESHOLD ? 255 : 0), predicted);
  return samplePanel({
    image: { width, height, pixels: images.slice(from, from + area) },
    predicted,
    truth: maskOf(masks, (value) => Math.round(value * 255)),
    title,
    dice: overlap.truth > 0 ? diceOf(overlap) : undefined,
  });
}
