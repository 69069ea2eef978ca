/**
 * A run that was saved after two of its three epochs, for tests that damage its files.
 *
 * @module
 */
import { splitToJson } from "../../lib/dataset/split_file.ts";
import { encodeGrey } from "../../lib/image/codecs/encode.ts";
import { hashOfRun } from "../../lib/run/inputs.ts";
import { FILES, RunFolder } from "../../lib/run/run_folder.ts";
import { DEFAULT_SETTINGS, runConfigToJson } from "../../lib/run/run_settings.ts";
import { Timings } from "../../lib/run/timings.ts";
import { type Condition, verifyRun } from "../../lib/run/verify.ts";
import { DataFolder } from "../../lib/store/folder.ts";
import { DEFAULT_CONFIG, networkOfConfig } from "../../lib/train/config.ts";
import { historyRow } from "../../lib/train/progress.ts";
import { trainedWeights } from "./random_weights.ts";
import { inTemporaryFolder } from "./temporary.ts";

export const CONFIG = { ...DEFAULT_CONFIG, baseChannels: 2, width: 32, height: 32, epochs: 3 };
export const WEIGHTS = trainedWeights(networkOfConfig(CONFIG));
export const STATE = { weights: WEIGHTS, step: 0, batchesTracked: 2 };
export const SNAPSHOT = encodeGrey({ width: 32, height: 32, pixels: new Uint8Array(32 * 32) });
export const SPLIT = {
  train: [{ image: "b/2.png", masks: ["b/2_mask.png", "b/2_mask_1.png"] }, {
    image: "n/1.png",
    masks: [],
  }],
  validation: [{ image: "b/1.png", masks: ["b/1_mask.png"] }],
};
const PATHS = [...SPLIT.train, ...SPLIT.validation].flatMap((
  { image, masks },
) => [image, ...masks]);
export const INPUTS = Object.fromEntries(PATHS.map((path, index) => [path, `hash ${index}`]));

/** Each epoch better than the one before. */
export function history(epochs: number) {
  return Array.from({ length: epochs }, (_, index) =>
    historyRow(
      index + 1,
      { losses: [0.5], images: 2 },
      { losses: [0.4], images: 1 },
      { dice: (index + 1) / 10, iou: 0.1, lesions: 1, missed: 0, lesionFree: 0, falseAlarms: 0 },
      1e-3,
    ));
}

/** A whole run "a" after two of its three epochs. */
export function withRun(use: (data: DataFolder, run: RunFolder) => Promise<void>): Promise<void> {
  return inTemporaryFolder(async (folder) => {
    const data = await DataFolder.open(folder);
    const run = await RunFolder.fresh(data, "a");
    await run.writeJson(FILES.config, runConfigToJson(CONFIG, DEFAULT_SETTINGS));
    await run.write(FILES.split, splitToJson(SPLIT));
    await run.writeJson(FILES.manifest, { sessions: [], inputs: INPUTS });
    await run.save({
      state: STATE,
      progress: { epoch: 2, losses: [], history: history(2) },
      config: CONFIG,
      dataHash: await hashOfRun(SPLIT, INPUTS),
    }, true);
    await run.write(FILES.timings, new Timings().toCsv());
    const pixels = new Uint8Array(16 * 16);
    await run.write(FILES.loss, encodeGrey({ width: 16, height: 16, pixels }));
    await run.write(`${FILES.samples}/01 1.png`, SNAPSHOT);
    for (const name of ["images", "truth", "epoch 0001", "epoch 0002"]) {
      await run.write(`${FILES.snapshots}/${name}.png`, SNAPSHOT);
    }
    await use(data, run);
  });
}

/** The files that are not good, by their condition. */
export async function faults(data: DataFolder): Promise<Record<string, Condition>> {
  const { files } = await verifyRun(data, "a");
  return Object.fromEntries(
    files.filter(({ condition }) => condition !== "good").map((
      { file, condition },
    ) => [file, condition]),
  );
}
