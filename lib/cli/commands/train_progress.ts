/**
 * What `train` prints of a run: before its first step, at each, and after its last.
 *
 * @module
 */
import {
  bestOf,
  DEFAULT_RECIPE,
  DeviceError,
  endedEarly,
  FILES,
  type FileStore,
  graphOf,
  type HistoryRow,
  keptFile,
  keptRow,
  type LoopEvent,
  networkOfConfig,
  otherEngineOf,
  OutOfMemoryError,
  parameterCount,
  type PlannedRun,
  type PreparedRun,
  reportedPart,
  RESEARCH_ONLY,
  type RunFolder,
  sentence,
  type TrainDisplay,
  type TrainResult,
  visibleMessage,
} from "../../mod.ts";
import { TrainingDisplay } from "../terminal/display.ts";
import type { Interrupt } from "../terminal/interrupt.ts";
import { type ProgressBar, readingLine } from "../terminal/progress_bar.ts";
import type { Say } from "../terminal/say.ts";
import type { TrainJson } from "../terminal/train_json.ts";
import { TUNING } from "../words/engine_words.ts";
import { warningLines } from "../words/inspect_words.ts";
import { sayLeftOut } from "../words/left_out_words.ts";
import { sayNotes } from "../words/model_words.ts";
import { OTHER_RECIPES } from "../words/recipe_words.ts";
import { describeRun } from "../words/train_words.ts";
import { task } from "../words/task.ts";
import { figure, plural, positionOf, shellWord } from "../words/words.ts";
import { reportBar } from "./report.ts";

/** Where the images are, and where the run is. */
type TrainFolders = { readonly data: FileStore; readonly output: FileStore };

/** Prints the progress of a run. From the first step on, Ctrl-C requests a stop. */
export class TrainWords implements TrainDisplay {
  /** The run, from its first step to its last. */
  #run: RunFolder | undefined;
  #steps: TrainingDisplay | undefined;
  #report: ProgressBar | undefined;
  readonly reading: TrainDisplay["reading"];
  readonly readingEnded: TrainDisplay["readingEnded"];

  /** `json` also gets what happens, as plain data. */
  constructor(
    readonly folders: TrainFolders,
    readonly interrupt: Interrupt,
    readonly say: Say,
    readonly json?: TrainJson,
  ) {
    ({ reading: this.reading, readingEnded: this.readingEnded } = readingLine(say));
  }

  tuning(): void {
    this.say.line(TUNING);
  }

  prepared(prepared: PreparedRun): void {
    const { run, config, start, preparation: { images: [trainImages, valImages] } } = prepared;
    const { say, interrupt } = this;
    sayPlanned(prepared, run.name, say, prepared.hold.takenOver);
    this.json?.prepared(prepared);
    this.#run = run;
    const display = this.#steps = new TrainingDisplay({
      epochs: config.epochs,
      start: start.epoch,
      trainImages,
      valImages,
      terminal: say.terminal,
      colours: say.colours ?? false,
      columns: () => say.columns(),
      write: (text) => say.write(text),
      now: () => performance.now(),
    });
    interrupt.listen(() => {
      display.end();
      say.line("Finishing this batch, then saving; press Ctrl-C again to end at once.");
    });
  }

  begin(): void {
    this.#steps?.begin();
  }

  batchDone(event: LoopEvent): void {
    this.#steps?.batchDone(event);
  }

  epochDone(row: HistoryRow, best: boolean): void {
    this.#steps?.epochDone(row, best);
    this.json?.epochDone(row, best);
  }

  warn(text: string): void {
    this.end();
    this.say.block(visibleMessage(`warning: ${text}`));
  }

  trained(result: TrainResult): void {
    this.#steps?.end();
    this.#run = this.#steps = undefined;
    sayAfter(this.folders, result, this.say);
    this.json?.trained(result, this.folders.output);
    this.#report = reportBar(result.split[reportedPart(result.split)]!.length, this.say);
  }

  evaluating(done: number): void {
    this.#report?.done(done);
  }

  /** Removes the progress bars. */
  end(): void {
    this.#steps?.end();
    this.#report?.end();
  }

  /** Adds advice to an error if the device failed during the run. */
  async failed(error: unknown): Promise<unknown> {
    this.end();
    return this.#run ? await withWayOn(error, this.folders, this.#run) : error;
  }
}

/** Prints what a run is before its first step: settings, images, cost, notes. */
export function sayPlanned(
  planned: PlannedRun,
  run: string,
  say: Say,
  takenOver?: string,
): void {
  const { config, start, saved, images, dataset, inspection, preparation, chosen } = planned;
  say.block(
    describeRun({
      run,
      config,
      images,
      counts: dataset.counts,
      bitsInUse: dataset.bitsInUse,
      parameters: parameterCount(graphOf(networkOfConfig(config))),
      flopsPerEpoch: preparation.flopsPerEpoch,
      memoryBytes: preparation.memoryBytes,
      chosen,
    }),
  );
  sayLeftOut(images.leftOut, say);
  sayNotes(planned, say);
  for (const line of inspection === undefined ? [] : warningLines(inspection)) say.line(line);
  if (saved === undefined && config.recipe === DEFAULT_RECIPE) say.line(OTHER_RECIPES);
  if (takenOver) say.line(`note: ${takenOver}`);
  if (start.epoch > 0 || start.losses.length > 0) {
    say.line(`going on after ${positionOf(start)}`);
    const other = otherEngineOf(saved?.manifest ?? {}, chosen.engine);
    if (other !== undefined) {
      say.line(
        `note: so far this run was computed with ${other}; another device rounds differently, so it will not end ` +
          `byte for byte as an uninterrupted run`,
      );
    }
  }
  say.line();
}

/** Adds advice to a device error during a run; returns other errors unchanged. */
async function withWayOn(
  error: unknown,
  folders: TrainFolders,
  run: RunFolder,
): Promise<unknown> {
  if (!(error instanceof DeviceError) || error instanceof OutOfMemoryError) return error;
  const way = await folders.output.exists(run.file(FILES.last))
    ? `the last checkpoint is whole, go on with: ${resumeCommand(folders, run.name)}`
    : "no checkpoint had been written: begin a new run";
  return new DeviceError(sentence`${error.sentence}; ${way}`, { cause: error });
}

/** The command that goes on with a run, or with a group of runs. */
export function resumeCommand({ data, output }: TrainFolders, run: string): string {
  const [images, results, name] = [data.resolve(""), output.resolve(""), run].map(shellWord);
  const apart = data === output ? "" : ` OUT_DIR=${results}`;
  return `DATA_DIR=${images}${apart} ${task("train", "--resume", name)}`;
}

function sayAfter(
  folders: TrainFolders,
  { run, config, progress, test, interrupted }: TrainResult,
  say: Say,
): void {
  if (interrupted) {
    say.line(`Stopped after ${positionOf(progress)}; everything is saved.`);
    say.line(`Go on with: ${resumeCommand(folders, run.name)}`, "result");
    return;
  }
  const best = bestOf(progress.history)!;
  const early = endedEarly(progress, config);
  say.line();
  if (early !== undefined) say.line(`The run ${early}.`);
  if (config.keep === "last") {
    const { epoch, valDice } = keptRow(progress.history, config.keep)!;
    const dice = valDice === null ? "" : `, with validation Dice ${figure(valDice)}`;
    say.line(`The model of the last epoch, ${epoch}, is kept${dice}.`);
  }
  if (best.valDice !== null) {
    say.line(
      `Best validation Dice ${
        figure(best.valDice)
      } in epoch ${best.epoch}. The validation images selected this epoch, so ` +
        `new images may do worse${config.keep === "last" ? `: ${FILES.best}` : ""}.`,
    );
  }
  if (test !== undefined) {
    say.line(
      `On the ${plural(test.images, "test image")}, which selected nothing, its model has Dice ${
        figure(test.dice)
      }, IoU ${figure(test.iou)}, ${test.missed} of ${plural(test.lesions, "lesion")} ` +
        `missed, ${plural(test.falseAlarms, "false alarm")} on ${
          plural(test.lesionFree, "lesion-free image")
        }.`,
    );
  }
  say.line(
    `Everything is in ${folders.output.resolve(run.path)}: ${FILES.loss}, ${FILES.samples}/, ${
      keptFile(config)
    }`,
  );
  say.line(RESEARCH_ONLY);
}
