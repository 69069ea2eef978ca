/**
 * Writes the report of a run again, from its folder and its images.
 *
 * @module
 */
import type { Spell } from "../core/sentence.ts";
import { reportedPart } from "../dataset/split.ts";
import type { Folders } from "../store/store.ts";
import { claimExisting } from "./claim.ts";
import { finishReport, savedForReport } from "./finish_report.ts";
import { openEngine } from "./open_engine.ts";
import type { RunFolder } from "./run_folder.ts";
import type { RunSettings } from "./run_settings.ts";

/** The run and the device for its evaluation. */
export interface ReportRunRequest extends Folders {
  /** The name of the run. */
  readonly name: string;
  readonly settings?: Partial<RunSettings> | undefined;
}

/** Progress callbacks of the evaluation for the report. */
export interface ReportDisplay {
  /**
   * Called first, with the number of images in the reported part. An earlier evaluation of them is
   * reused.
   */
  begin?(total: number): void;
  /** Called after each image with the number of evaluated images. */
  evaluating?(done: number, total: number): void;
  /** Called with a sentence for each damaged file, and each image, that the report lacks. */
  warn?(text: string): void;
  /** Writes settings and commands in the report. Default: by their names in the library. */
  spell?: Spell;
}

/**
 * Evaluates the model that a run keeps, unless that has been done, and writes the report.
 *
 * @throws {InputError} if the run cannot be read.
 * @throws {DeviceError} if the device is missing or fails.
 */
export async function reportRun(
  { data, output = data, name, settings }: ReportRunRequest,
  display: ReportDisplay = {},
): Promise<{ readonly run: RunFolder }> {
  const { run, hold } = await claimExisting(output, name, "report");
  await using _hold = hold;
  const { engine } = await openEngine(settings);
  try {
    const saved = await savedForReport(run);
    display.begin?.(saved.split[reportedPart(saved.split)]!.length);
    const onProgress = (done: number, total: number) => display.evaluating?.(done, total);
    const warn = (text: string) => display.warn?.(text);
    await finishReport({ ...saved, data, output, engine, onProgress, warn, spell: display.spell });
    return { run };
  } finally {
    engine.close();
  }
}
