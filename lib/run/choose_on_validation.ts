/**
 * Predicts the validation images of a run in every way that a prediction may take, at the network's
 * size, to choose the best.
 *
 * @module
 */
import { type CompactBatch, maskFloats } from "../core/batch.ts";
import { mapped } from "../core/mapped.ts";
import { Chooser } from "../evaluate/choose.ts";
import type { Choice } from "../model/choice.ts";
import { flipped, FLIPS, FLIPS_OF } from "../predict/flips.ts";
import { averageLogits } from "../predict/logits.ts";
import type { BatchSource } from "../train/loop.ts";

/** What predicts: a trainer with its present weights, or several models together. */
export interface Answering {
  /** The logits `[n, 1, height, width]` for a batch. */
  logits(batch: CompactBatch): Promise<Float32Array>;
}

/**
 * The choice for what predicts; `undefined` without a validation image that has
 * a lesion.
 */
export async function chooseOnValidation(
  model: Answering,
  batches: Pick<BatchSource, "valBatches" | "valBatch">,
): Promise<Choice | undefined> {
  const chooser = new Chooser();
  for (let index = 0; index < batches.valBatches; index++) {
    const batch = batches.valBatch(index);
    const { n, width, height } = batch;
    const masks = maskFloats(batch.masks);
    const area = width * height;
    const numbers = Array.from({ length: n }, (_, image) => image);
    /** For each flip, the answer for each image, flipped back. */
    const answers: Float32Array[][] = [];
    for (const flip of FLIPS) {
      const images = batch.images.slice();
      for (const image of numbers) {
        const own = images.subarray(image * area, (image + 1) * area);
        own.set(flipped(own, width, height, flip));
      }
      const logits = await model.logits({ ...batch, images });
      answers.push(
        numbers.map((image) =>
          flipped(logits.subarray(image * area, (image + 1) * area), width, height, flip)
        ),
      );
    }
    for (const image of numbers) {
      const of = (flips: number) => averageLogits(answers.slice(0, flips).map((all) => all[image]));
      const mask = masks.subarray(image * area, (image + 1) * area);
      const truth = mapped(new Uint8Array(area), mask, (value) => value > 0.5 ? 255 : 0);
      chooser.add({ width, height }, truth, {
        none: of(FLIPS_OF.none.length),
        flip: of(FLIPS_OF.flip.length),
        flips: of(FLIPS_OF.flips.length),
      });
    }
  }
  return chooser.choose();
}
