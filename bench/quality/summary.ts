/**
 * The table of a study. A line is a recipe, or several trials whose probabilities are averaged, on
 * all folds that are done. Each case is measured once, by models that have not seen it.
 *
 * @module
 */
import { mean } from "../../lib/core/statistics.ts";
import { parseJson } from "../../lib/core/json.ts";
import { DEFAULT_BOOTSTRAP, estimate, meanOf, medianOf } from "../../lib/evaluate/bootstrap.ts";
import type { Estimate } from "../../lib/evaluate/results.ts";
import type { GreyImage } from "../../lib/image/image.ts";
import { countOverlap, diceOf } from "../../lib/image/overlap.ts";
import type { FileStore } from "../../lib/store/store.ts";
import { FOLDS, SIDE, type Study } from "./cases.ts";
import { EPOCHS, runOfTrial, type Trial, type TrialRecord } from "./trial.ts";

/** A miss is a case with a lower Dice. */
const MISS = 0.1;

/** A recipe with a seed. */
export type Member = Pick<Trial, "name" | "seed">;

/** What a line averages and where it cuts. */
export interface Line {
  readonly title: string;
  readonly members: readonly Member[];
  readonly threshold: number;
  readonly epoch: (typeof EPOCHS)[number];
}

/** The measures of a line. */
export interface Measured {
  readonly line: Line;
  /** From 1; those in which all members are done. */
  readonly folds: readonly number[];
  /** Dice of each case by its image. */
  readonly dice: ReadonlyMap<string, number>;
  readonly meanDice: Estimate;
  readonly medianDice: Estimate;
  readonly meanIou: number;
  /** Share of the cases. */
  readonly misses: number;
  /** The sum over the members, per fold. */
  readonly minutes: number;
}

/** Measures a line; `undefined` if no fold of it is done. */
export async function measure(
  line: Line,
  { cases, folds }: Study,
  output: FileStore,
): Promise<Measured | undefined> {
  const { members, threshold, epoch } = line;
  const dice = new Map<string, number>();
  const done: number[] = [];
  const minutes: number[] = [];
  for (let fold = 1; fold <= FOLDS; fold++) {
    const runs = members.map(({ name, seed }) => runOfTrial({ name, seed, fold }));
    const records = await Promise.all(runs.map((run) => recordOf(output, run)));
    if (!records.every((record) => record !== undefined)) continue;
    done.push(fold);
    minutes.push(records.reduce((sum, record) => sum + record.minutes, 0));
    const answers = await Promise.all(runs.map((run) => levelsOf(output, run, epoch)));
    const limit = 65535 * threshold * members.length;
    for (const [index, image] of records[0].images.entries()) {
      const { truth } = cases.get(image)!;
      const first = index * SIDE ** 2;
      const predicted = Uint8Array.from({ length: SIDE ** 2 }, (_, at) => {
        let sum = 0;
        for (const levels of answers) sum += levels[first + at];
        return sum > limit ? 1 : 0;
      });
      dice.set(image, diceOf(countOverlap(square(truth), square(predicted))));
    }
  }
  if (done.length === 0) return undefined;
  const values = [...dice.values()];
  const groups = groupsOf(dice.keys(), folds[0].groups ?? []);
  const figures = estimate(
    groups,
    { mean: meanOf(values), median: medianOf(values) },
    DEFAULT_BOOTSTRAP,
  );
  return {
    line,
    folds: done,
    dice,
    meanDice: figures.mean,
    medianDice: figures.median,
    meanIou: mean(values.map((value) => value / (2 - value)))!,
    misses: values.filter((value) => value < MISS).length / values.length,
    minutes: mean(minutes)!,
  };
}

function square(pixels: Uint8Array): GreyImage {
  return { width: SIDE, height: SIDE, pixels };
}

/** The difference of two lines on the cases of both, with its interval. */
export function difference(one: Measured, other: Measured, { folds }: Study): Estimate {
  const shared = [...one.dice.keys()].filter((image) => other.dice.has(image));
  const values = shared.map((image) => one.dice.get(image)! - other.dice.get(image)!);
  const groups = groupsOf(shared, folds[0].groups ?? []);
  return estimate(groups, { mean: meanOf(values) }, DEFAULT_BOOTSTRAP).mean;
}

/** The lines as a table in Markdown. */
export function table(lines: readonly Measured[], study: Study): string {
  const head =
    "| recipe | folds | cases | Dice | 95 % | median | IoU | misses | minutes per fold |";
  const against = lines[0];
  const rows = lines.map((measured) => {
    const { line, folds, dice, meanDice, medianDice, meanIou, misses, minutes } = measured;
    const { value, low, high } = difference(measured, against, study);
    const gain = measured === against || value === null
      ? "-"
      : `${signed(value)} (${signed(low!)} to ${signed(high!)})`;
    const interval = `${figure(meanDice.low)} to ${figure(meanDice.high)}`;
    return `| ${line.title} | ${folds.join(" ")} | ${dice.size} | ${figure(meanDice.value)} | ` +
      `${interval} | ${figure(medianDice.value)} | ${figure(meanIou)} | ` +
      `${(100 * misses).toFixed(1)} % | ${minutes.toFixed(1)} | ${gain} |`;
  });
  return [`${head} against the first |`, `|${"---|".repeat(10)}`, ...rows].join("\n");
}

async function recordOf(output: FileStore, run: string): Promise<TrialRecord | undefined> {
  const path = `trials/${run}.json`;
  if (!await output.exists(path)) return undefined;
  return parseJson(await output.readText(path), path) as TrialRecord;
}

async function levelsOf(
  output: FileStore,
  run: string,
  epoch: (typeof EPOCHS)[number],
): Promise<Uint16Array> {
  return new Uint16Array((await output.readFile(`trials/${run}-${epoch}.bin`)).buffer);
}

/** The group of each image; `null` for one without near duplicates. */
function groupsOf(
  images: Iterable<string>,
  groups: readonly (readonly string[])[],
): (string | null)[] {
  const groupOf = new Map(groups.flatMap((group) => group.map((image) => [image, group[0]])));
  return [...images].map((image) => groupOf.get(image) ?? null);
}

function figure(value: number | null): string {
  return value === null ? "-" : value.toFixed(3);
}

function signed(value: number): string {
  return `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(3)}`;
}
