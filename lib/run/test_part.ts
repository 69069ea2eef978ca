/**
 * `test.json`: the figures of the kept model on the test images, which selected nothing. It exists
 * only for splits of three parts and is written once, after the last epoch.
 *
 * @module
 */
import type { OverlapCounts } from "../core/batch.ts";
import { mean } from "../core/statistics.ts";
import { batchesOf, makeCompactBatch } from "../dataset/batches.ts";
import type { SampleSet } from "../dataset/samples.ts";
import type { Trainer } from "../engine/engine.ts";
import type { Model } from "../model/model_file.ts";
import { type OverlapSummary, summariseOverlap } from "../train/metrics.ts";
import { FILES, type RunFolder } from "./run_folder.ts";

/** The figures on the test images: threshold 0.5, at the input size of the network. */
export interface TestResult extends OverlapSummary {
  /** The epoch of the evaluated model. */
  readonly epoch: number;
  readonly images: number;
  /** Mean of the batch losses. */
  readonly loss: number;
}

/**
 * Loads the kept model into the trainer, evaluates it on the test images and writes `test.json`.
 * The state of the trainer is replaced: training cannot continue with it.
 */
export async function measureTestPart(
  run: RunFolder,
  trainer: Trainer,
  { weights, batchesTracked, info }: Model,
  { samples }: SampleSet,
  batch: number,
): Promise<TestResult> {
  await trainer.load({ weights, batchesTracked, step: 0 });
  const losses: number[] = [];
  const overlaps: OverlapCounts[] = [];
  const batches = batchesOf(samples.map((_, index) => index), batch).values()
    .map((indices) => makeCompactBatch(samples, indices));
  for await (const evaluations of trainer.evaluateAll(batches)) {
    for (const { loss, images } of evaluations) {
      losses.push(loss);
      overlaps.push(...images);
    }
  }
  const { epoch } = info!;
  const result = {
    epoch,
    images: samples.length,
    loss: mean(losses)!,
    ...summariseOverlap(overlaps),
  };
  const { lesionFree, falseAlarms, ...figures } = result;
  await run.writeJson(FILES.test, {
    ...figures,
    lesion_free: lesionFree,
    false_alarms: falseAlarms,
  });
  return result;
}
