/**
 * `report`: writes the page about a run (again), from its folder and its images.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { DataFolder } from "../../store/folder.ts";
import type { FileStore } from "../../store/store.ts";
import type { Split } from "../../dataset/split.ts";
import type { Engine } from "../../engine/engine.ts";
import { InputError } from "../../core/errors.ts";
import type { TrainingConfig } from "../../train/config.ts";
import type { Manifest } from "../../run/manifest.ts";
import type { Progress } from "../../train/progress.ts";
import { reportResults } from "../../run/report_results.ts";
import { FILES, RunFolder } from "../../run/run_folder.ts";
import { type ReportRequest, writeReport } from "../../run/run_report.ts";
import { splitOfInputs } from "../../run/split_of_inputs.ts";
import { Timings } from "../../run/timings.ts";
import { openEngine } from "../device.ts";
import { ProgressBar } from "../terminal/progress_bar.ts";
import { type Say, sayOnStdout } from "../terminal/say.ts";
import {
  deviceOption,
  givenSettings,
  newSettings,
  threadsOption,
} from "../options/train_options.ts";
import { shellWord } from "../words/words.ts";

/** `report` with its options and its action. */
export function reportCommand() {
  return new Command("report")
    .description(
      "Write the report of a run again: report.html, one page with everything about it, and results.png. Figures are those " +
        "of evaluate where it was run on the best model; otherwise the test images are evaluated now.",
    )
    .argument("<run>", "the name of the run")
    .requiredOption("--data <folder>", "the data directory (the tasks give DATA_DIR)")
    .addOption(deviceOption())
    .addOption(threadsOption())
    .action(async (name, { data, ...options }) => {
      const settings = newSettings(givenSettings(options));
      const { engine } = await openEngine(settings);
      try {
        await report(await DataFolder.open(data), name, engine, sayOnStdout());
      } finally {
        engine.close();
      }
    });
}

/** Writes the report of a run from its folder. Throws `InputError` when there is no checkpoint. */
async function report(data: FileStore, name: string, engine: Engine, say: Say): Promise<void> {
  const run = await RunFolder.existing(data, name);
  const { config, progress } = await run.readLast();
  const text = await run.readText(FILES.split);
  if (text === undefined) throw new InputError(`${run.file(FILES.split)} is missing`);
  const manifest = await run.readJson(FILES.manifest) as Partial<Manifest> | undefined;
  const split = splitOfInputs(text, manifest?.inputs, run.file(FILES.split));
  await finishReport({ data, run, engine, config, progress, split, say });
}

/** What {@linkcode finishReport} works with. */
export interface FinishRequest {
  readonly data: FileStore;
  readonly run: RunFolder;
  readonly engine: Engine;
  readonly config: TrainingConfig;
  readonly progress: Progress;
  readonly split: Split;
  readonly say: Say;
  /** Leaves the evaluation out. */
  readonly signal?: AbortSignal;
  /** Somebody waits for the program to end: an evaluation that takes long is left out. */
  readonly inAHurry?: boolean;
}

/** The longest evaluation for somebody who waits, in seconds. */
const SHORT_WAIT = 10;

/** Evaluates the best model where that has not been done, and writes the report with it. */
export async function finishReport(request: FinishRequest): Promise<void> {
  const { data, run, config, progress, say } = request;
  const results = progress.epoch === 0 ? {} : await resultsFor(request);
  const state = progress.epoch < config.epochs ? "stopped" : "finished";
  await writeReport({ run, config, progress, state, ...results });
  say.line(`The report is ${data.resolve(run.file(FILES.report))}`);
}

async function resultsFor(
  { data, run, engine, progress, split, say, signal, inAHurry }: FinishRequest,
): Promise<Pick<ReportRequest, "results" | "noResults">> {
  const left = {
    noResults: `The single cases have not been evaluated yet: deno task report ${
      shellWord(run.name)
    } does it.`,
  };
  if (inAHurry) {
    const timings = new Timings(await run.readText(FILES.timings), progress.epoch).epochs();
    const seconds = timings.at(-1)?.testSeconds ?? Infinity;
    if (seconds > SHORT_WAIT) return left;
  }
  const total = split.test.length;
  const bar = new ProgressBar({ doing: "evaluating for the report", things: "images", total, say });
  try {
    const results = await reportResults({
      data,
      run,
      engine,
      split,
      signal,
      done: (count) => bar.done(count),
    });
    return { results };
  } catch (error) {
    if (signal?.aborted) return left;
    throw error;
  } finally {
    bar.end();
  }
}
