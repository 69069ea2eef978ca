/**
 * What `train --json` prints: an object at the start of a run, one for each epoch, and one at the
 * end. docs/json.md describes them.
 *
 * @module
 */
import {
  bestOf,
  FILES,
  type FileStore,
  graphOf,
  type HistoryRow,
  keptFile,
  keptRow,
  networkOfConfig,
  parameterCount,
  partsOf,
  type PlannedRun,
  type PreparedRun,
  rowToJson,
  type TrainResult,
} from "../../mod.ts";
import type { Json } from "./say.ts";

/** What is known of a run before its first step. */
export function plannedJson(
  { config, start, images, preparation, chosen: { engine } }: PlannedRun,
): Record<string, unknown> {
  const parts = partsOf(images.split).map(([part, pairs]) => [part, pairs.length] as const);
  return {
    images: Object.fromEntries(parts),
    width: config.width,
    height: config.height,
    images_per_step: config.batch * config.accumulate,
    epochs: config.epochs,
    from_epoch: start.epoch,
    parameters: parameterCount(graphOf(networkOfConfig(config))),
    flops_per_epoch: preparation.flopsPerEpoch,
    memory_bytes: preparation.memoryBytes,
    engine: engine.name,
    adapter: engine.adapter,
  };
}

/** Prints a run as JSON. */
export class TrainJson {
  readonly #json: Json;
  #run = "";

  constructor(json: Json) {
    this.#json = json;
  }

  prepared(prepared: PreparedRun): void {
    this.#run = prepared.run.name;
    this.#json({ event: "start", run: this.#run, ...plannedJson(prepared) });
  }

  epochDone(row: HistoryRow, best: boolean): void {
    this.#json({ event: "epoch", run: this.#run, ...rowToJson(row), best });
  }

  /** The end of the training; the report follows. */
  trained({ run, config, progress, test, interrupted }: TrainResult, output: FileStore): void {
    const kept = keptRow(progress.history, config.keep);
    this.#json({
      event: "end",
      run: run.name,
      folder: output.resolve(run.path),
      interrupted,
      epochs: progress.epoch,
      best_epoch: bestOf(progress.history)?.epoch ?? null,
      model: kept === undefined ? null : output.resolve(run.file(keptFile(config))),
      model_epoch: kept?.epoch ?? null,
      val_dice: kept?.valDice ?? null,
      ...(test && {
        test: {
          images: test.images,
          dice: test.dice,
          iou: test.iou,
          lesions: test.lesions,
          missed: test.missed,
          lesion_free: test.lesionFree,
          false_alarms: test.falseAlarms,
        },
      }),
      report: output.resolve(run.file(FILES.report)),
    });
  }
}
