/**
 * A piece of advice about a run, and the commands that it proposes.
 *
 * @module
 */
import { command, type Mention, type Sentence, sentence, setting } from "../core/sentence.ts";
import type { EvaluationResults } from "../evaluate/results.ts";
import type { TrainingConfig } from "../train/config.ts";
import type { EpochRecord } from "./curves.ts";

/** The figures that the rules look at. */
export interface AdvisedRun {
  readonly run: string;
  readonly state: "training" | "stopped" | "finished";
  readonly config: TrainingConfig;
  readonly history: readonly EpochRecord[];
  /** The epoch that the validation images selected. */
  readonly bestEpoch?: number | undefined;
  /** Whether a part of the split selects nothing. */
  readonly hasTest: boolean;
  readonly evaluation?: EvaluationResults | undefined;
}

/** One piece of advice: what was seen, what to do, and the command that does it. */
export interface Advice {
  readonly saw: string;
  readonly todo: string;
  readonly command?: Sentence;
}

/** The command that predicts new images, with further options. */
export function predictCommand(name: string, ...options: readonly Mention[]): Sentence {
  return joined(sentence`${command("predict", "new")} ${setting("model", name)}`, options);
}

/** The command of a new run with the settings of this one, of which some change. */
export function trainAnew(
  name: string,
  suffix: string,
  ...changes: readonly Mention[]
): Sentence {
  const begin = sentence`${command("train")} ${setting("name", `${name}-${suffix}`)} ${
    setting("config", `runs/${name}/config.json`)
  }`;
  return joined(begin, changes);
}

function joined(begin: Sentence, mentions: readonly Mention[]): Sentence {
  return mentions.reduce((all, mention) => sentence`${all} ${mention}`, begin);
}
