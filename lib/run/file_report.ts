/**
 * What is said of one file when a run folder is checked.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import type { FileStore } from "../store/store.ts";
import type { RunFolder } from "./run_folder.ts";

/**
 * `good`; `behind`: whole, but older or newer than the checkpoint, and written again when the run
 * goes on; `missing`; `damaged`: cannot be read, or does not belong to the checkpoint.
 */
export type Condition = "good" | "behind" | "missing" | "damaged";

/** One file of a run. */
export interface FileReport {
  readonly file: string;
  readonly condition: Condition;
  /** What is in it, or what is wrong with it. */
  readonly words: string;
}

/** What was read, `false` for a file that is not there, or why it cannot be read. */
export interface Look<Value> {
  readonly value?: Value | false;
  readonly problem?: string;
}

/** Reads; what is wrong with a file is kept as words. */
export async function look<Value>(read: () => Promise<Value | false>): Promise<Look<Value>> {
  try {
    return { value: await read() };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { problem: error.message };
  }
}

/** Whether a run has a file. */
export function present(data: FileStore, run: RunFolder, file: string): Promise<boolean> {
  return data.exists(run.file(file));
}

/** The report on a file; `judge` tells the condition of one that could be read. */
export function report<Value>(
  file: string,
  { value, problem }: Look<Value>,
  judge: (value: Value) => readonly [Condition, string],
): FileReport {
  if (problem !== undefined) return { file, condition: "damaged", words: problem };
  if (value === false || value === undefined) {
    return { file, condition: "missing", words: "not there" };
  }
  const [condition, words] = judge(value);
  return { file, condition, words };
}
