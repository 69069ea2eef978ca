/**
 * The condition of one file in a checked run folder.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import type { FileStore } from "../store/store.ts";
import type { RunFolder } from "./run_folder.ts";

/**
 * The condition of a file.
 *
 * - `good`: whole, and consistent with the checkpoint.
 * - `behind`: whole, but older or newer than the checkpoint. A resumed run writes it again.
 * - `missing`: not there.
 * - `damaged`: unreadable, or not consistent with the checkpoint.
 */
export type Condition = "good" | "behind" | "missing" | "damaged";

/** One file of a run. */
export interface FileReport {
  readonly file: string;
  readonly condition: Condition;
  /** The content of the file, or the problem with it. */
  readonly words: string;
}

/** The value that was read, `false` for a missing file, or the reason why it is unreadable. */
export interface Look<Value> {
  readonly value?: Value | false;
  readonly problem?: string;
}

/** Reads a file. An `InputError` is returned as text. */
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

/** Reports on a file. `judge` returns the condition of a readable file. */
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
