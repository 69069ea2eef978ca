/**
 * What the directories of a task are for, in the words of messages.
 *
 * @module
 */
import { command, type Sentence, sentence } from "../core/sentence.ts";

/** What a folder is for, and how to name another one. */
export interface FolderPurpose {
  readonly noun: string;
  /** The variable of the tasks. */
  readonly variable: string;
  readonly howToSet: Sentence;
}

/** The folder of images and masks. It is only read, unless it is the output directory, too. */
export const DATA: FolderPurpose = {
  noun: "data directory",
  variable: "DATA_DIR",
  howToSet: sentence`set DATA_DIR to your folder:
    DATA_DIR=/path/to/images ${command("train")}`,
};

/** The folder of runs, predictions and everything else that is written. */
export const OUTPUT: FolderPurpose = {
  noun: "output directory",
  variable: "OUT_DIR",
  howToSet: sentence`set OUT_DIR to a folder that may be written:
    OUT_DIR=/path/to/results ${command("train")}`,
};
