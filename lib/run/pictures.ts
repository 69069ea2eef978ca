/**
 * The pictures in a run's folder: its loss curves, and test images with predicted and true masks.
 *
 * @module
 */
import type { Trainer } from "../engine/engine.ts";
import type { Batch } from "../core/batch.ts";
import { lossChartPng } from "../report/chart.ts";
import { samplePanel } from "../pictures/panel.ts";
import { type BatchSource } from "../train/loop.ts";
import { diceOf } from "../image/overlap.ts";
import { bestOf, type HistoryRow } from "../train/progress.ts";
import { type JudgeName } from "../report/curves.ts";

/** Both loss curves, and the Dice of the images that choose the best epoch, as a PNG file. */
export function lossPicture(
  history: readonly HistoryRow[],
  judge: JudgeName,
): Promise<Uint8Array<ArrayBuffer>> {
  const best = bestOf(history);
  const records = history.map(({ epoch, trainLoss, testLoss, testDice }) => ({
    epoch,
    trainLoss,
    testLoss: testLoss ?? NaN,
    testDice: testDice ?? NaN,
  }));
  // Only a measured test Dice or loss makes an epoch the best one.
  const measured = best !== undefined && (best.testDice ?? best.testLoss) !== null;
  return lossChartPng(records, { judge, ...(measured && { bestEpoch: best.epoch }) });
}

/** A PNG file with the name that it gets in `samples/`. */
export interface SamplePicture {
  readonly file: string;
  readonly png: Uint8Array<ArrayBuffer>;
}

/**
 * The first `count` test images with the masks that the trainer predicts now, at the network's size.
 * `names` are the paths of the test images, in order.
 */
export async function* samplePictures(
  trainer: Trainer,
  batches: BatchSource,
  names: readonly string[],
  count: number,
): AsyncGenerator<SamplePicture> {
  let number = 0;
  for (let index = 0; index < batches.testBatches && number < count; index++) {
    const batch = batches.testBatch(index);
    const logits = await trainer.logits(batch);
    for (let image = 0; image < batch.n && number < count; image++) {
      const name = names[number];
      const stem = name.slice(name.lastIndexOf("/") + 1).replace(/\.[^.]*$/, "");
      yield {
        file: `${String(number + 1).padStart(2, "0")} ${stem}.png`,
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
  const truth = Uint8Array.from(
    masks.subarray(from, from + area),
    (value) => Math.round(value * 255),
  );
  const predicted = Uint8Array.from(
    logits.subarray(from, from + area),
    (value) => (value > 0 ? 255 : 0),
  );
  const overlap = { intersection: 0, predicted: 0, truth: 0 };
  for (let pixel = 0; pixel < area; pixel++) {
    const isTrue = masks[from + pixel] > 0.5 ? 1 : 0;
    const isPredicted = predicted[pixel] > 0 ? 1 : 0;
    overlap.truth += isTrue;
    overlap.predicted += isPredicted;
    overlap.intersection += isTrue & isPredicted;
  }
  return samplePanel({
    image: { width, height, pixels: images.slice(from, from + area) },
    predicted: { width, height, pixels: predicted },
    truth: { width, height, pixels: truth },
    title,
    ...(overlap.truth > 0 && { dice: diceOf(overlap) }),
  });
}
