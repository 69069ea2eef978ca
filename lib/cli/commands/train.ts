/**
 * `train`: trains a U-Net on the images in the data directory.
 *
 * @module
 */
import { DataFolder } from "../../store/folder.ts";
import type { FileStore } from "../../store/store.ts";
import { type Dataset, loadSamples, samplesOf } from "../../dataset/samples.ts";
import type { Split } from "../../dataset/split.ts";
import { workersFor } from "../../image/codecs/unpackers.ts";
import type { ChosenEngine } from "../../engine/choose.ts";
import type { DuplicatePair } from "../../dataset/duplicates.ts";
import { Examiner } from "../../inspect/examiner.ts";
import type { Inspection } from "../../inspect/inspection.ts";
import { DeviceError, OutOfMemoryError } from "../../core/errors.ts";
import { sentence } from "../../core/sentence.ts";
import { networkOfConfig } from "../../train/config.ts";
import { type Preparation, prepareRun } from "../../train/preparation.ts";
import { checkUnchanged, inputHashes } from "../../run/inputs.ts";
import { findImages, type FoundImages, savedSplit, splitImages } from "../../dataset/selection.ts";
import { otherEngineOf } from "../../run/manifest.ts";
import { bestOf, type Progress } from "../../train/progress.ts";
import { FILES, type RunFolder } from "../../run/run_folder.ts";
import { startOf, type StartRequest, type TrainStart } from "../../run/start.ts";
import { runSession, type SessionResult } from "../../run/session.ts";
import { openEngine } from "../device.ts";
import { TrainingDisplay } from "../terminal/display.ts";
import { EXIT, Exit } from "../terminal/exit.ts";
import { writeFinalReport } from "./report.ts";
import { warningLines } from "../words/inspect_words.ts";
import { onInterrupt } from "../terminal/interrupt.ts";
import { type Say, sayOnStdout } from "../terminal/say.ts";
import { givenConfig, givenSettings } from "../options/field_options.ts";
import { trainCommand as commandWithOptions } from "../options/train_options.ts";
import { describeRun } from "../words/train_words.ts";
import { figure, plural, positionOf, shellWord } from "../words/words.ts";
import { RESEARCH_ONLY } from "../../core/version.ts";
import { parameterCount } from "../../network/parameters.ts";
import { graphOf } from "../../network/architectures.ts";

/** `train` with its options and its action. */
export function trainCommand() {
  return commandWithOptions().action(async (options) => {
    const { data, name, resume, fromPrevious, weights, config } = options;
    const result = await train(
      {
        data: await DataFolder.open(data),
        config: givenConfig(options),
        settings: givenSettings(options),
        name,
        autotune: options.autotune,
        resume,
        fromPrevious,
        weights,
        configFile: config,
      },
      sayOnStdout(),
    );
    if (result.interrupted) throw new Exit(EXIT.interrupted);
  });
}

/** What to train. */
export interface TrainRequest extends StartRequest {
  /** Whether a GPU's kernels are measured at first use; by default they are. */
  readonly autotune?: boolean | undefined;
}

/** How a training run ended. */
export interface TrainResult {
  readonly run: RunFolder;
  readonly split: Split;
  readonly progress: Progress;
  /** Stopped by Ctrl-C before its last epoch. */
  readonly interrupted: boolean;
}

/** Trains and says how it goes. Throws `InputError` before anything is written when something is wrong. */
export async function train(request: TrainRequest, say: Say): Promise<TrainResult> {
  const { data } = request;
  const begin = await startOf(request);
  const { run, config, settings, start, saved } = begin;
  const images = await findImages(data, config);
  const chosen = await openEngine(settings, { data, autotune: request.autotune, say });
  const { engine } = chosen;
  try {
    const loaded = await load(data, begin, images, say);
    const { dataset, duplicates, inspection } = loaded;
    const split = saved?.split === undefined
      ? await splitImages(data, config, images.pairs, duplicates)
      : savedSplit(config, images.pairs, saved.split);
    const { train, validation, test } = split;
    const counts = [train.length, validation.length, test?.length ?? 0] as const;
    const preparation = await prepareRun(engine, config, counts);
    const hashes = inputHashes(split, dataset.hashes);
    if (saved !== undefined) await checkUnchanged(split, hashes, saved.dataHash, saved.manifest);
    sayBefore(
      begin,
      { ...images, split, duplicates },
      dataset,
      inspection,
      preparation,
      chosen,
      say,
    );

    const display = new TrainingDisplay({
      epochs: config.epochs,
      start: start.epoch,
      trainImages: train.length,
      valImages: validation.length,
      terminal: say.terminal,
      columns: () => say.columns(),
      write: (text) => say.write(text),
      now: () => performance.now(),
    });
    using interrupt = onInterrupt(() => {
      display.end();
      say.line("Finishing this step, then saving; press Ctrl-C again to end at once.");
    });
    const result = await runSession({
      ...begin,
      data,
      engine,
      preparation,
      split,
      train: samplesOf(dataset, train),
      validation: samplesOf(dataset, validation),
      heldOut: test && samplesOf(dataset, test),
      counts: dataset.counts,
      inspection,
      hashes,
      state: begin.state(),
      display,
      signal: interrupt.signal,
    }).catch(async (error) => {
      display.end();
      throw await withWayOn(error, data, run);
    });
    display.end();
    const { progress } = result;
    const interrupted = progress.epoch < config.epochs;
    sayAfter(data, run, result, interrupted, say);
    const haste = interrupted ? { inAHurry: true } : { signal: interrupt.signal };
    await writeFinalReport({ data, run, engine, config, progress, split, ...haste }, say);
    return { run, split, progress, interrupted };
  } finally {
    engine.close();
  }
}

/** Reads the images; those of a new run are examined on the way. */
async function load(
  data: FileStore,
  { config, settings: { threads }, saved }: TrainStart,
  { found, pairs }: FoundImages,
  say: Say,
): Promise<{ dataset: Dataset; duplicates: readonly DuplicatePair[]; inspection?: Inspection }> {
  const { width, height, maskPattern, missingMasks } = config;
  const examiner = saved?.split === undefined ? new Examiner() : undefined;
  try {
    const dataset = await loadSamples(data, pairs, {
      width,
      height,
      onProgress(done, total) {
        if (say.terminal) say.write(`\r\x1b[Kreading images: ${done} of ${total}`);
      },
      workers: threads === null ? undefined : workersFor(threads),
      onCase: examiner && ((loaded) => examiner.see(loaded)),
    });
    if (examiner === undefined) return { dataset, duplicates: [] };
    const folder = data.relative(config.images);
    return {
      dataset,
      duplicates: examiner.nearDuplicates(),
      inspection: examiner.inspection({ folder, maskPattern, pairing: found, missingMasks }),
    };
  } finally {
    if (say.terminal) say.write("\r\x1b[K");
  }
}

function sayBefore(
  { run, config, start, saved }: TrainStart,
  images: FoundImages & { readonly split: Split; readonly duplicates: readonly DuplicatePair[] },
  { counts }: Dataset,
  inspection: Inspection | undefined,
  { flopsPerEpoch, memoryBytes }: Preparation,
  chosen: ChosenEngine,
  say: Say,
): void {
  say.line(
    describeRun({
      run: run.name,
      config,
      images,
      counts,
      parameters: parameterCount(graphOf(networkOfConfig(config))),
      flopsPerEpoch,
      memoryBytes,
      chosen,
    }),
  );
  for (const line of inspection === undefined ? [] : warningLines(inspection)) say.line(line);
  if (start.epoch > 0 || start.losses.length > 0) {
    say.line(`going on after ${positionOf(start)}`);
    const other = otherEngineOf(saved?.manifest, chosen.engine);
    if (other !== undefined) {
      say.line(
        `note: so far this run was computed with ${other}; another device rounds differently, so it will not end ` +
          `byte for byte as an uninterrupted run`,
      );
    }
  }
  say.line();
}

/** A device's failure in the middle of a run, with what the user can do; other errors as they are. */
async function withWayOn(error: unknown, data: FileStore, run: RunFolder): Promise<unknown> {
  if (!(error instanceof DeviceError) || error instanceof OutOfMemoryError) return error;
  const way = await data.exists(run.file(FILES.last))
    ? `the last checkpoint is whole, go on with: ${resumeCommand(data, run)}`
    : "no checkpoint had been written: begin a new run";
  return new DeviceError(sentence`${error.sentence}; ${way}`, { cause: error });
}

function resumeCommand(data: FileStore, run: RunFolder): string {
  const [folder, name] = [data.resolve(""), run.name].map(shellWord);
  return `DATA_DIR=${folder} deno task train --resume ${name}`;
}

function sayAfter(
  data: FileStore,
  run: RunFolder,
  { progress, heldOut }: SessionResult,
  interrupted: boolean,
  say: Say,
): void {
  if (interrupted) {
    say.line(`Stopped after ${positionOf(progress)}; everything is saved.`);
    say.line(`Go on with: ${resumeCommand(data, run)}`);
    return;
  }
  const best = bestOf(progress.history)!;
  say.line();
  if (best.valDice !== null) {
    say.line(
      `Best validation Dice ${
        figure(best.valDice)
      } in epoch ${best.epoch}. The validation images selected this epoch, so ` +
        `new images may do worse.`,
    );
  }
  if (heldOut !== undefined) {
    say.line(
      `On the ${plural(heldOut.images, "test image")}, which selected nothing, its model has Dice ${
        figure(heldOut.dice)
      }, IoU ${figure(heldOut.iou)}, ${heldOut.missed} of ${plural(heldOut.lesions, "lesion")} ` +
        `missed, ${heldOut.falseAlarms} false alarms on ${
          plural(heldOut.lesionFree, "lesion-free image")
        }.`,
    );
  }
  say.line(
    `Everything is in ${data.resolve(run.path)}: ${FILES.loss}, ${FILES.samples}/, ${FILES.best}`,
  );
  say.line(RESEARCH_ONLY);
}
