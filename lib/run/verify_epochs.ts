/** Checks the models of single epochs that a run has kept. @module */
import { InputError } from "../core/errors.ts";
import type { SavedRun } from "../model/checkpoint.ts";
import { readModel } from "../model/model_file.ts";
import type { FileStore } from "../store/store.ts";
import { epochModelFile, keptEpochs } from "./epoch_models.ts";
import { type FileReport, look, report } from "./file_report.ts";
import { FILES, type RunFolder } from "./run_folder.ts";

/** The report on all of them, in one line; `undefined` if there are none. */
export async function checkEpochModels(
  data: FileStore,
  run: RunFolder,
  saved: SavedRun | undefined,
): Promise<FileReport | undefined> {
  const kept = await look(async () => {
    const epochs = await keptEpochs(run);
    for (const epoch of epochs) {
      const { path, info } = await readModel(data, run.file(epochModelFile(epoch)));
      if (info?.epoch === epoch) continue;
      throw new InputError(
        `${path} is ${info ? `the model of epoch ${info.epoch}` : "a model of another program"}`,
      );
    }
    return epochs.length > 0 && epochs;
  });
  if (kept.value === false) return undefined;
  return report(`${FILES.epochs}/`, kept, (epochs) => {
    const words = epochs.length === 1
      ? "the model of 1 epoch"
      : `models of ${epochs.length} epochs`;
    return saved !== undefined && epochs.at(-1)! > saved.progress.epoch
      ? ["behind", `${words}, one of an epoch that the checkpoint does not have yet`]
      : ["good", words];
  });
}
