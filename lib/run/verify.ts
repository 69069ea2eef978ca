/**
 * Checks a run folder: its files, their consistency, and the ways to continue.
 *
 * `last.safetensors` is the one commit point; every other file is compared with it. A run that was
 * killed between two files is valid: a resumed run writes the older files again. The check writes
 * nothing.
 *
 * @module
 */
import { isSameValue } from "../core/fields.ts";
import { partsOf, PURPOSE, type Split } from "../dataset/split.ts";
import { type SavedRun } from "../model/checkpoint.ts";
import { type Model, readModel } from "../model/model_file.ts";
import type { FileStore } from "../store/store.ts";
import { CONFIG_FIELDS, CONFIG_KEYS } from "../train/config.ts";
import { bestOf, endedEarly } from "../train/progress.ts";
import { type FileReport, type Look, look, present, report } from "./file_report.ts";
import { hasHash } from "./inputs.ts";
import { readManifest } from "./manifest.ts";
import { FILES, RunFolder } from "./run_folder.ts";
import { type RunConfig, savedConfig } from "./run_settings.ts";
import { splitOfInputs } from "./split_of_inputs.ts";
import { checkEpochModels } from "./verify_epochs.ts";
import { checkReadable } from "./verify_readable.ts";

export type { Condition, FileReport } from "./file_report.ts";

/** The state of a run folder. */
export interface RunReport {
  readonly name: string;
  readonly files: readonly FileReport[];
  /** The checkpoint, if it is good. */
  readonly saved?: SavedRun;
  /** The checkpoint before it, if that one is good and the last is not. */
  readonly previous?: SavedRun;
  /** Whether training can resume, judged by the folder alone; the images are not read. */
  readonly canGoOn: boolean;
  /** The model for prediction, relative to the data directory: the one that the run keeps. */
  readonly model?: string;
  /** Whether the run can resume and its best model is good. */
  readonly usable: boolean;
}

/**
 * Checks a run by its name. Problems with files are reported, not thrown.
 *
 * @throws {InputError} if there is no such folder.
 */
export async function verifyRun(data: FileStore, name: string): Promise<RunReport> {
  const run = await RunFolder.folderOf(data, name);
  const last = await look(async () => await present(data, run, FILES.last) && await run.readLast());
  const before = await look(async () =>
    await present(data, run, FILES.previous) && await run.readPrevious()
  );
  const saved = last.value || undefined;
  const previous = before.value || undefined;
  const standing = saved ?? previous;
  const lastReport = report(FILES.last, last, ({ progress, config }) => {
    const early = endedEarly(progress, config);
    return ["good", early === undefined ? "the checkpoint" : `the checkpoint; the run ${early}`];
  });
  const previousReport = reportPrevious(before, saved);
  const best = await checkBest(data, run, standing);
  const average = await checkAverage(data, run, standing);
  const epochs = await checkEpochModels(data, run, standing);
  const settings = await look(async () => await savedConfig(run) ?? false);
  const config = reportConfig(settings, standing);
  const [split, manifest] = await checkSplit(data, run, standing);
  const readable = await checkReadable(
    data,
    run,
    standing,
    settings.value ? settings.value.settings : undefined,
  );
  // A damaged manifest counts as missing.
  const needed = [lastReport, config, split];
  const models = [lastReport, previousReport, best, average, epochs];
  const files = [...models, config, split, manifest, ...readable]
    .filter((entry) => entry !== undefined);
  const canGoOn = saved !== undefined && needed.every(({ condition }) => condition !== "damaged");
  const bestIsGood = best?.condition === "good" || best?.condition === "behind";
  const takesBest = bestIsGood && saved?.config.keep !== "last";
  const model = takesBest ? FILES.best : saved ? FILES.last : previous && FILES.previous;
  return {
    name: run.name,
    files,
    ...(saved ? { saved } : previous && { previous }),
    canGoOn,
    ...(model && { model: run.file(model) }),
    usable: canGoOn && (bestIsGood || best === undefined),
  };
}

/**
 * The report on the checkpoint before the last; `undefined` if there is none, as after the first.
 */
function reportPrevious(
  before: Look<SavedRun>,
  saved: SavedRun | undefined,
): FileReport | undefined {
  if (before.value === false) return undefined;
  return report(FILES.previous, before, ({ progress, dataHash, state }) => {
    if (saved !== undefined && saved.dataHash !== dataHash) {
      return ["damaged", "a checkpoint of another run"];
    }
    if (saved !== undefined && saved.state.step < state.step) {
      return ["damaged", "a checkpoint that is newer than the last"];
    }
    const { epoch, losses } = progress;
    const position = losses.length > 0
      ? `batch ${losses.length} of epoch ${epoch + 1}`
      : `epoch ${epoch}`;
    return ["good", `the checkpoint before it, after ${position}`];
  });
}

/** The report on the best model; `undefined` if none is due yet. */
async function checkBest(
  data: FileStore,
  run: RunFolder,
  saved: SavedRun | undefined,
): Promise<FileReport | undefined> {
  const due = saved === undefined ? undefined : bestOf(saved.progress.history);
  const best = await look(async () =>
    await present(data, run, FILES.best) && await readModel(data, run.file(FILES.best))
  );
  if (best.value === false && saved !== undefined && due === undefined) return undefined;
  return report(FILES.best, best, ({ info, sha256 }: Model) => {
    if (info === undefined) return ["damaged", "a model of another program"];
    const words = `the model of epoch ${info.epoch}`;
    if (saved === undefined) return ["good", words];
    if (info.epoch > saved.progress.epoch) {
      return ["behind", `${words}, which the checkpoint does not have yet`];
    }
    if (info.epoch !== due?.epoch || info.valDice !== due.valDice) {
      return ["damaged", `${words}, but the checkpoint's best epoch is ${due?.epoch}`];
    }
    if (saved.bestHash !== undefined && sha256 !== saved.bestHash) {
      if (info.card?.choice !== undefined && saved.progress.epoch < saved.config.epochs) {
        return ["behind", `${words}, with a choice that the checkpoint does not have yet`];
      }
      return ["damaged", `${words}, but not the file whose hash the checkpoint names`];
    }
    return ["good", words];
  });
}

/** The report on the averaged weights; `undefined` if none are due. */
async function checkAverage(
  data: FileStore,
  run: RunFolder,
  saved: SavedRun | undefined,
): Promise<FileReport | undefined> {
  const average = await look(async () =>
    await present(data, run, FILES.ema) && await readModel(data, run.file(FILES.ema))
  );
  const isDue = saved !== undefined && saved.config.ema !== null && saved.progress.epoch > 0;
  if (average.value === false && !isDue) return undefined;
  return report(FILES.ema, average, ({ info, sha256 }: Model) => {
    if (!info?.averaged) return ["damaged", "no averaged weights of this program"];
    const words = `the averaged weights of epoch ${info.epoch}`;
    if (saved === undefined) return ["good", words];
    if (info.epoch > saved.progress.epoch) {
      return ["behind", `${words}, which the checkpoint does not have yet`];
    }
    return sha256 === saved.averageHash
      ? ["good", words]
      : ["damaged", `${words}, but not the file whose hash the checkpoint names`];
  });
}

function reportConfig(
  settings: Look<RunConfig>,
  saved: SavedRun | undefined,
): FileReport {
  return report(FILES.config, settings, ({ config }) => {
    const other = CONFIG_KEYS.find((key) =>
      // A resumed run may change the resumable fields. The next checkpoint stores the new values.
      !CONFIG_FIELDS[key].resumable && saved !== undefined &&
      !isSameValue(config[key], saved.config[key])
    );
    return other === undefined
      ? ["good", "the settings"]
      : ["behind", `its ${other} is not the checkpoint's, which counts`];
  });
}

/**
 * Checks `split.json` and `manifest.json`: together they must have the data hash of the checkpoint.
 */
async function checkSplit(
  data: FileStore,
  run: RunFolder,
  saved: SavedRun | undefined,
): Promise<[split: FileReport, manifest: FileReport]> {
  const manifest = await look(async () =>
    await present(data, run, FILES.manifest) && await readManifest(run)
  );
  const inputs = manifest.value ? manifest.value.inputs : undefined;
  const split = await look(async () => {
    const text = await run.readText(FILES.split);
    return text !== undefined && splitOfInputs(text, inputs, run.file(FILES.split));
  });
  const counts = (value: Split) =>
    partsOf(value).map(([part, pairs]) => `${pairs.length} ${PURPOSE[part]}`).join(", ");
  const belongs = saved === undefined || inputs === undefined || !split.value ||
    await hasHash(split.value, inputs, saved.dataHash);
  return [
    report(FILES.split, split, (value) =>
      belongs ? ["good", counts(value)] : [
        "damaged",
        `with ${FILES.manifest} it does not have the checkpoint's hash: one of the two was changed`,
      ]),
    report(
      FILES.manifest,
      manifest,
      () =>
        inputs === undefined
          ? ["behind", "without the hashes of the images"]
          : ["good", `hashes of ${Object.keys(inputs).length} files`],
    ),
  ];
}
