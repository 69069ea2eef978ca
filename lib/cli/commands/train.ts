/**
 * `train`: trains a U-Net on the images in the data directory.
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
  type MembersResult,
  networkOfConfig,
  otherEngineOf,
  OutOfMemoryError,
  parameterCount,
  type PreparedRun,
  reportedPart,
  requestedGroup,
  RESEARCH_ONLY,
  type RunFolder,
  type RunGroup,
  sentence,
  type TrainDisplay,
  trainMembers,
  type TrainRequest,
  type TrainResult,
  trainRun,
  visibleMessage,
} from "../../mod.ts";
import { givenConfig, givenSettings } from "../options/field_options.ts";
import { openFolders } from "../options/folder_options.ts";
import { trainCommand as commandWithOptions } from "../options/train_options.ts";
import { TrainingDisplay } from "../terminal/display.ts";
import { EXIT, Exit } from "../terminal/exit.ts";
import { Interrupt } from "../terminal/interrupt.ts";
import type { ProgressBar } from "../terminal/progress_bar.ts";
import { type Say, sayOnStdout } from "../terminal/say.ts";
import { TUNING } from "../words/engine_words.ts";
import { warningLines } from "../words/inspect_words.ts";
import { sayLeftOut } from "../words/left_out_words.ts";
import { sayNotes } from "../words/model_words.ts";
import { groupTable, OTHER_RECIPES } from "../words/recipe_words.ts";
import { describeRun } from "../words/train_words.ts";
import { figure, plural, positionOf, shellWord } from "../words/words.ts";
import { findLr } from "./find_lr.ts";
import { reportBar, reportLine } from "./report.ts";

/** `train` with its options and its action. */
export function trainCommand() {
  return commandWithOptions().action(async (options) => {
    const { data, outDir, name, resume, fromPrevious, weights, config } = options;
    const request = {
      ...await openFolders({ data, outDir }),
      config: givenConfig(options),
      settings: givenSettings(options),
      autotune: options.autotune,
      weights,
      configFile: config,
    };
    const say = sayOnStdout();
    if (options.findLr !== undefined) {
      const out = options.findLr === true ? undefined : options.findLr;
      if (await findLr({ ...request, out }, say) === undefined) throw new Exit(EXIT.interrupted);
      return;
    }
    const asked = { ...request, name, resume, fromPrevious };
    const group = await requestedGroup(asked);
    const { interrupted } = group === undefined
      ? await train(asked, say)
      : await trainGroup(asked, group, say);
    if (interrupted) throw new Exit(EXIT.interrupted);
  });
}

/**
 * Trains a run and prints its progress.
 *
 * @throws {InputError} before anything is written, if the request cannot be fulfilled.
 */
export async function train(
  request: Omit<TrainRequest, "signal">,
  say: Say,
): Promise<TrainResult> {
  const { data, output = data } = request;
  using interrupt = new Interrupt();
  const words = new TrainWords({ data, output }, interrupt, say);
  try {
    const result = await trainRun({ ...request, signal: interrupt.signal }, words);
    words.end();
    say.line(reportLine(output, result.run));
    return result;
  } catch (error) {
    throw await words.failed(error);
  }
}

/** Trains the runs of a group, prints the progress of each, and at the end what they came to. */
async function trainGroup(
  request: Omit<TrainRequest, "signal">,
  group: RunGroup,
  say: Say,
): Promise<MembersResult> {
  const { data, output = data } = request;
  using interrupt = new Interrupt();
  let words: TrainWords | undefined;
  try {
    const result = await trainMembers({ ...request, signal: interrupt.signal }, group, (run) => {
      words?.end();
      if (words !== undefined) say.line();
      const number = group.members.indexOf(run) + 1;
      say.line(`run ${number} of ${group.members.length}: ${run}`);
      return words = new TrainWords({ data, output }, interrupt, say);
    });
    words?.end();
    if (result.interrupted) {
      say.line(`All ${group.members.length} runs: ${resumeCommand({ data, output }, group.name)}`);
      return result;
    }
    say.line();
    say.block(groupTable(result));
    say.line(`Together: deno task predict --model ${shellWord(group.name)} FILE_OR_FOLDER`);
    return result;
  } catch (error) {
    throw await words?.failed(error) ?? error;
  }
}

/** Where the images are, and where the run is. */
type TrainFolders = { readonly data: FileStore; readonly output: FileStore };

/** Prints the progress of a run. From the first step on, Ctrl-C requests a stop. */
class TrainWords implements TrainDisplay {
  /** The run, from its first step to its last. */
  #run: RunFolder | undefined;
  #steps: TrainingDisplay | undefined;
  #report: ProgressBar | undefined;

  constructor(readonly folders: TrainFolders, readonly interrupt: Interrupt, readonly say: Say) {}

  tuning(): void {
    this.say.line(TUNING);
  }

  reading(done: number, total: number): void {
    if (this.say.terminal) this.say.write(`\r\x1b[Kreading images: ${done} of ${total}`);
  }

  readingEnded(): void {
    if (this.say.terminal) this.say.write("\r\x1b[K");
  }

  prepared(prepared: PreparedRun): void {
    const { run, config, start, preparation: { images: [trainImages, valImages] } } = prepared;
    const { say, interrupt } = this;
    sayBefore(prepared, say);
    this.#run = run;
    const display = this.#steps = new TrainingDisplay({
      epochs: config.epochs,
      start: start.epoch,
      trainImages,
      valImages,
      terminal: say.terminal,
      columns: () => say.columns(),
      write: (text) => say.write(text),
      now: () => performance.now(),
    });
    interrupt.listen(() => {
      display.end();
      say.line("Finishing this step, then saving; press Ctrl-C again to end at once.");
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
  }

  warn(text: string): void {
    if (this.#steps) return this.#steps.warn(text);
    this.#report?.end();
    this.say.block(visibleMessage(`warning: ${text}`));
  }

  trained(result: TrainResult): void {
    this.#steps?.end();
    this.#run = this.#steps = undefined;
    sayAfter(this.folders, result, this.say);
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

function sayBefore(prepared: PreparedRun, say: Say): void {
  const { run, hold, config, start, saved, images, dataset, inspection, preparation, chosen } =
    prepared;
  say.block(
    describeRun({
      run: run.name,
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
  sayNotes(prepared, say);
  for (const line of inspection === undefined ? [] : warningLines(inspection)) say.line(line);
  if (saved === undefined && config.recipe === DEFAULT_RECIPE) say.line(OTHER_RECIPES);
  if (hold.takenOver) say.line(`note: ${hold.takenOver}`);
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

function resumeCommand({ data, output }: TrainFolders, run: string): string {
  const [images, results, name] = [data.resolve(""), output.resolve(""), run].map(shellWord);
  const apart = data === output ? "" : ` OUT_DIR=${results}`;
  return `DATA_DIR=${images}${apart} deno task train --resume ${name}`;
}

function sayAfter(
  folders: TrainFolders,
  { run, config, progress, heldOut, interrupted }: TrainResult,
  say: Say,
): void {
  if (interrupted) {
    say.line(`Stopped after ${positionOf(progress)}; everything is saved.`);
    say.line(`Go on with: ${resumeCommand(folders, run.name)}`);
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
    `Everything is in ${folders.output.resolve(run.path)}: ${FILES.loss}, ${FILES.samples}/, ${
      keptFile(config)
    }`,
  );
  say.line(RESEARCH_ONLY);
}
