/**
 * Trains recipes on the folds of a data set and prints a table, `deno task quality`:
 *
 *     deno task quality --data DIR --out DIR fast fast@1 --average "fast,fast@1=0.4"
 *
 * A trial is a recipe with a seed, on one fold. One that is done is not trained again; one that was
 * stopped is resumed. Without trials the table of all that are done is printed. It is for
 * development only and no part of the product.
 *
 * @module
 */
import { Command, InvalidArgumentError } from "@commander-js/extra-typings";
import { DataFolder } from "../../lib/store/folder.ts";
import { OUTPUT } from "../../lib/store/folder_purpose.ts";
import { FOLDS, readStudy, type Study } from "./cases.ts";
import { RECIPES } from "./recipes.ts";
import { type Line, measure, type Measured, type Member, table } from "./summary.ts";
import { EPOCHS, runOfTrial, runTrial, type TrialPlace, trialsDone } from "./trial.ts";

/** `NAME` or `NAME@SEED`. */
function memberOf(text: string): Member {
  const [name, seed = "0"] = text.split("@");
  if (Object.hasOwn(RECIPES, name) && /^\d+$/.test(seed)) return { name, seed: Number(seed) };
  throw new InvalidArgumentError(
    `expected NAME or NAME@SEED, with one of the names ${Object.keys(RECIPES).join(", ")}`,
  );
}

/** `MEMBER,MEMBER=THRESHOLD`. */
function averageOf(text: string, before: readonly Line[]): Line[] {
  const [names, threshold = "0.5"] = text.split("=");
  const members = names.split(",").map(memberOf);
  const title = `${names}, average, threshold ${threshold}`;
  return [...before, { title, members, threshold: Number(threshold), epoch: "last" }];
}

function foldsOf(text: string): number[] {
  const folds = text.split(",").map(Number);
  if (folds.every((fold) => fold >= 1 && fold <= FOLDS && Number.isInteger(fold))) return folds;
  throw new InvalidArgumentError(`expected numbers from 1 to ${FOLDS}, such as 1,2`);
}

const ALL_FOLDS = Array.from({ length: FOLDS }, (_, index) => index + 1);

await new Command("quality")
  .description("Train recipes on the folds of a data set and compare them.")
  .argument(
    "[trials...]",
    "NAME or NAME@SEED",
    (text, all: Member[]) => [...all, memberOf(text)],
    [],
  )
  .requiredOption("--data <dir>", "images and masks; nothing is written there")
  .requiredOption("--out <dir>", "for runs, probabilities and the table")
  .option("--folds <list>", "the folds to train", foldsOf, ALL_FOLDS)
  .option("--threads <count>", "threads of the engine", Number, navigator.hardwareConcurrency)
  .option("--average <trials>", "NAME,NAME=THRESHOLD: they answer together", averageOf, [])
  .action(async (trials, { data, out, folds, threads, average }) => {
    const stop = new AbortController();
    Deno.addSignalListener("SIGINT", () => stop.abort());
    const output = await DataFolder.openOrMake(out, OUTPUT);
    const place = { data: await DataFolder.open(data), output, threads, signal: stop.signal };
    const study = await readStudy(place.data);
    console.log(`${study.cases.size} cases`);
    await train(trials, folds, study, place);
    const members = trials.length > 0 ? trials : (await trialsDone(output)).map(memberOf);
    await report([...members.flatMap(linesOf), ...average], study, place);
  })
  .parseAsync();

/** Fold after fold, so that a stopped study compares all recipes on the same cases. */
async function train(
  members: readonly Member[],
  folds: readonly number[],
  study: Study,
  place: TrialPlace & { readonly signal: AbortSignal },
): Promise<void> {
  for (const fold of folds) {
    for (const member of members) {
      if (place.signal.aborted) return;
      const trial = { ...member, recipe: RECIPES[member.name], fold };
      const minutes = await runTrial(trial, study, place);
      if (minutes !== undefined) console.log(`${runOfTrial(trial)}: ${minutes.toFixed(1)} min`);
    }
  }
}

/** A member by its last epoch and by its best. */
function linesOf(member: Member): Line[] {
  const { name, seed } = member;
  return EPOCHS.map((epoch) => (
    { title: `${name}@${seed}, ${epoch} epoch`, members: [member], threshold: 0.5, epoch }
  ));
}

async function report(
  lines: readonly Line[],
  study: Study,
  { output }: TrialPlace,
): Promise<void> {
  const measured: Measured[] = [];
  for (const line of lines) {
    const one = await measure(line, study, output);
    if (one !== undefined) measured.push(one);
  }
  if (measured.length === 0) return;
  const text = table(measured, study);
  console.log(text);
  await output.writeFile("table.md", `${text}\n`);
}
