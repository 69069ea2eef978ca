/**
 * A trial: one recipe, trained on all folds but one, answers the images of that one. It trains by
 * the workflow of `train`, so it is resumed where it stopped. The probabilities of the last and of
 * the best epoch are kept for the table.
 *
 * @module
 */
import { splitToJson } from "../../lib/dataset/split_file.ts";
import { createCpuEngine } from "../../lib/engine/cpu/engine.ts";
import { mapped } from "../../lib/core/mapped.ts";
import { readModel } from "../../lib/model/model_file.ts";
import { networkOfConfig, type TrainingConfig } from "../../lib/train/config.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { planPrediction } from "../../lib/plan/planners.ts";
import { logitsOf } from "../../lib/predict/logits.ts";
import { trainRun } from "../../lib/run/train_run.ts";
import type { FileStore } from "../../lib/store/store.ts";
import { SIDE, type Study } from "./cases.ts";

/** The models of a run that are measured. */
export const EPOCHS = ["last", "best"] as const;

/** The settings of a recipe that differ from the defaults. */
export type Recipe = Partial<TrainingConfig>;

/** A recipe on one fold. */
export interface Trial {
  readonly name: string;
  readonly recipe: Recipe;
  /** From 1. */
  readonly fold: number;
  readonly seed: number;
}

/** What a trial leaves for the table, as `trials/NAME.json`. */
export interface TrialRecord {
  /** Of the session that ended the training, with reading and the report. */
  readonly minutes: number;
  readonly threads: number;
  /** The images, in the order of the probabilities. */
  readonly images: readonly string[];
}

/** Where trials read and write, and with how many threads. */
export interface TrialPlace {
  readonly data: FileStore;
  readonly output: FileStore;
  readonly threads: number;
  /** Stops the training; the trial is resumed later. */
  readonly signal?: AbortSignal;
}

/** The run of a trial. */
export function runOfTrial({ name, fold, seed }: Omit<Trial, "recipe">): string {
  return `${name}-fold${fold}-seed${seed}`;
}

/** The trials with a record for any fold, as `NAME@SEED`, sorted. */
export async function trialsDone(output: FileStore): Promise<string[]> {
  if (!await output.exists("trials")) return [];
  const done = new Set<string>();
  for (const { name } of await output.list("trials")) {
    const [, recipe, seed] = /^(.+)-fold\d+-seed(\d+)\.json$/.exec(name) ?? [];
    if (recipe !== undefined) done.add(`${recipe}@${seed}`);
  }
  return [...done].sort();
}

/**
 * Runs a trial and returns its minutes. Returns `undefined` if the trial is done already, or if the
 * signal stopped it.
 */
export async function runTrial(
  trial: Trial,
  { cases, folds }: Study,
  { data, output, threads, signal }: TrialPlace,
): Promise<number | undefined> {
  const run = runOfTrial(trial);
  const record = `trials/${run}.json`;
  if (await output.exists(record)) return;
  for (const folder of ["folds", "trials"]) await output.makeFolder(folder);
  const split = folds[trial.fold - 1];
  const splitFile = `folds/fold-${trial.fold}.json`;
  if (!await output.exists(splitFile)) await output.writeFile(splitFile, splitToJson(split));
  const isBegun = await output.exists(`runs/${run}/last.safetensors`);
  const settings = { device: "cpu", threads, sampleImages: 0, snapshotEvery: 0 } as const;
  const begun = performance.now();
  const { interrupted } = await trainRun({
    data,
    output,
    settings,
    signal,
    ...(isBegun
      ? { resume: run, config: {} }
      : { name: run, config: { ...trial.recipe, split: splitFile, seed: trial.seed } }),
  });
  const minutes = (performance.now() - begun) / 60_000;
  if (interrupted) return;
  const images = split.validation.map(({ image }) => image);
  const engine = await createCpuEngine({ threads });
  try {
    for (const epoch of EPOCHS) {
      const { info, weights } = await readModel(output, `runs/${run}/${epoch}.safetensors`);
      const { config } = info!;
      const plan = planPrediction(graphOf(networkOfConfig(config)), { n: 1, ...config });
      const predictor = await engine.predictor(plan, weights);
      const at = { width: SIDE, height: SIDE };
      const all = new Uint16Array(images.length * SIDE ** 2);
      for (const [index, image] of images.entries()) {
        const logits = await logitsOf(predictor, cases.get(image)!.grey, config, at);
        const levels = mapped(new Uint16Array(SIDE ** 2), logits, levelOf);
        all.set(levels, index * SIDE ** 2);
      }
      await output.writeFile(`trials/${run}-${epoch}.bin`, new Uint8Array(all.buffer));
      await predictor.close();
    }
  } finally {
    engine.close();
  }
  const kept: TrialRecord = { minutes, threads, images };
  await output.writeFile(record, JSON.stringify(kept, null, 2) + "\n");
  return kept.minutes;
}

/** The probability of a logit, from 0 to 65535. */
function levelOf(logit: number): number {
  return Math.round(65535 / (1 + Math.exp(-logit)));
}
