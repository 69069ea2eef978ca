/**
 * Writes the page about a run again, from its folder and its images.
 *
 * @module
 */
import { reportedPart } from "../dataset/split.ts";
import type { FileStore } from "../store/store.ts";
import { finishReport, savedForReport } from "./finish_report.ts";
import { openEngine } from "./open_engine.ts";
import type { RunFolder } from "./run_folder.ts";
import type { RunSettings } from "./run_settings.ts";

/** The run, and where to compute. */
export interface ReportRunRequest {
  readonly data: FileStore;
  /** The name of the run. */
  readonly name: string;
  readonly settings?: Partial<RunSettings> | undefined;
}

/** Is told how the evaluation for the report goes on. */
export interface ReportDisplay {
  /** So many images are to be evaluated, unless that has been done before. */
  begin?(total: number): void;
  /** So many images are evaluated. */
  evaluating?(done: number, total: number): void;
}

/**
 * Evaluates the run's best model where that has not been done, and writes the report.
 *
 * @throws {InputError} when the run cannot be read.
 * @throws {DeviceError} when the device is missing or fails.
 */
export async function reportRun(
  { data, name, settings }: ReportRunRequest,
  display: ReportDisplay = {},
): Promise<{ readonly run: RunFolder }> {
  const { engine } = await openEngine(settings);
  try {
    const saved = await savedForReport(data, name);
    display.begin?.(saved.split[reportedPart(saved.split)]!.length);
    const onProgress = (done: number, total: number) => display.evaluating?.(done, total);
    await finishReport({ ...saved, engine, onProgress });
    return { run: saved.run };
  } finally {
    engine.close();
  }
}
