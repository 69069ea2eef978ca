/**
 * Trains a run: finds, reads, inspects and splits the images, computes the cost, trains the
 * network, writes the report.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { command, sentence, type Spell } from "../core/sentence.ts";
import type { DuplicatePair } from "../dataset/duplicates.ts";
import type { Dataset } from "../dataset/samples.ts";
import { type DividedImages, findImages, type FoundImages } from "../dataset/selection.ts";
import type { Split } from "../dataset/split.ts";
import type { ChosenEngine } from "../engine/choose.ts";
import type { Inspection } from "../inspect/inspection.ts";
import type { TrainingConfig } from "../train/config.ts";
import type { Preparation } from "../train/preparation.ts";
import { hasEnded } from "../train/progress.ts";
import { finishReport } from "./finish_report.ts";
import { type ImagesOfRunRequest, type ReadingDisplay, readyImages } from "./images_of_run.ts";
import { checkUnchanged, inputHashes } from "./inputs.ts";
import { openEngine } from "./open_engine.ts";
import type { RunFolder } from "./run_folder.ts";
import { savedImages } from "./saved_images.ts";
import { runSession } from "./session.ts";
import type { SessionRequest, SessionResult } from "./session_request.ts";
import { namedFiles } from "../store/named_files.ts";
import { startOf, type StartRequest, type TrainStart } from "./start.ts";

/** The request of a training run. */
export interface TrainRequest extends StartRequest, ImagesOfRunRequest {
  /** Whether GPU kernels are tuned at first use. Default: true. */
  readonly autotune?: boolean | undefined;
  /** A stop signal. The current batch is finished and everything is saved. */
  readonly signal?: AbortSignal | undefined;
  /** Writes settings and commands in the report. Default: by their names in the library. */
  readonly spell?: Spell | undefined;
}

/** What is known before the first step, when nothing is written yet. */
export interface PreparedRun extends TrainStart {
  /** The plans and their cost. */
  readonly preparation: Preparation;
  readonly images: FoundImages & DividedImages & {
    readonly duplicates: readonly DuplicatePair[];
  };
  readonly dataset: Dataset;
  /** The inspection of the images of a new run. */
  readonly inspection?: Inspection | undefined;
  readonly chosen: ChosenEngine;
}

/** How a training run ended. */
export interface TrainResult extends SessionResult {
  readonly run: RunFolder;
  readonly split: Split;
  readonly config: TrainingConfig;
  /** Whether the signal stopped the run before its last epoch. */
  readonly interrupted: boolean;
}

/** Progress callbacks of training, in the order of the calls. */
export type TrainDisplay = SessionRequest["display"] & ReadingDisplay & {
  /** Called before GPU kernels are tuned. */
  tuning?(): void;
  prepared?(run: PreparedRun): void;
  /** Called when the last step of the session is saved. The report follows. */
  trained?(result: TrainResult): void;
  /** Called with the number of images that are evaluated for the report. */
  evaluating?(done: number, total: number): void;
};

/**
 * Trains a new run, or resumes one. The last checkpoint stays if an error is thrown.
 *
 * @throws {InputError} before anything is written if the request cannot be fulfilled; later if
 *   training diverges or a file cannot be written.
 * @throws {DeviceError} if the device is missing or fails.
 */
export async function trainRun(
  request: TrainRequest,
  display: TrainDisplay = {},
): Promise<TrainResult> {
  const { data, output = data, autotune, signal = new AbortController().signal } = request;
  const start = await startOf(request);
  await using _hold = start.hold;
  const { saved: before } = start;
  const known = before?.split && await savedImages(data, start.config, before.split, before);
  const images = known ?? await findImages(data, start.config, namedFiles(data, output));
  // The layout that was found is kept, so that a resumed run looks for no other.
  const begin = { ...start, config: { ...start.config, ...images.found.layout } };
  const { run, config, settings, saved } = begin;
  const onTuning = () => display.tuning?.();
  const chosen = await openEngine(settings, { output, autotune, onTuning });
  const { engine } = chosen;
  try {
    const readied = await readyImages(request, begin, engine, images, known, display);
    const { dataset, duplicates, inspection, divided, parts, preparation } = readied;
    const { split } = divided;
    const hashes = inputHashes(split, dataset.hashes);
    if (saved !== undefined) {
      await checkUnchanged(split, hashes, saved.dataHash, saved.manifest.inputs);
    }
    display.prepared?.({
      ...begin,
      preparation,
      images: { ...images, ...divided, duplicates },
      dataset,
      inspection,
      chosen,
    });
    const session = await runSession({
      ...begin,
      output,
      engine,
      preparation,
      split,
      ...parts,
      counts: dataset.counts,
      bitsInUse: dataset.bitsInUse,
      inspection,
      hashes,
      state: begin.state(),
      display,
      signal,
      spell: request.spell,
    });
    const { progress } = session;
    const interrupted = !hasEnded(progress, config);
    const result = { ...session, run, split, config, interrupted };
    display.trained?.(result);
    const haste = interrupted ? { inAHurry: true } : { signal };
    const onProgress = (done: number, total: number) => display.evaluating?.(done, total);
    const warn = (text: string) => display.warn?.(text);
    try {
      await finishReport({
        data,
        output,
        run,
        engine,
        config,
        progress,
        split,
        ...haste,
        takesDamaged: true,
        onProgress,
        warn,
        spell: request.spell,
      });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      throw new InputError(
        sentence`${error.sentence}; the training itself is saved, and ${command("report", run.name)}
          writes its report`,
        { cause: error },
      );
    }
    return result;
  } finally {
    engine.close();
  }
}
