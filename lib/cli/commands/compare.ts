/**
 * `compare`: runs side by side.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { RUNS_FOLDER } from "../../dataset/discover.ts";
import { DataFolder } from "../../store/folder.ts";
import type { FileStore } from "../../store/store.ts";
import { InputError } from "../../core/errors.ts";
import { type BootstrapOptions, DEFAULT_BOOTSTRAP } from "../../evaluate/bootstrap.ts";
import { compareRuns, type RunComparison } from "../../run/compare_runs.ts";
import { readRunRecord, type RunRecord } from "../../run/run_record.ts";
import { runCurvesPng } from "../../report/run_curves.ts";
import { checkName } from "../../run/run_name.ts";
import { differenceLines, interval, percent } from "../words/evaluation_words.ts";
import { type Say, sayOnStdout } from "../terminal/say.ts";
import { columns, figure, plural } from "../words/words.ts";
import { RESEARCH_ONLY } from "../../core/version.ts";

/** `compare` with its options and its action. */
export function compareCommand() {
  return new Command("compare")
    .description(
      "Put runs side by side: the settings that differ, their curves in one picture, their figures in one table. " +
        "Where the models were evaluated on the same images (deno task evaluate), also the differences between " +
        "the first run's and each other's.",
    )
    .argument("<run...>", "the names of two or more runs")
    .requiredOption("--data <folder>", "the data directory (the tasks give DATA_DIR)")
    .option("--name <name>", "write runs/NAME.png and runs/NAME.json", "compare")
    .action(async (runs, { data, name }) => {
      await compare({ data: await DataFolder.open(data), runs, name }, sayOnStdout());
    });
}

/** What to compare. */
export interface CompareRequest {
  readonly data: FileStore;
  /** Names of runs. */
  readonly runs: readonly string[];
  /** The name of the two files, in the folder of the runs. */
  readonly name: string;
  readonly bootstrap?: BootstrapOptions;
}

/** Compares, writes picture and figures, and says what was found. */
export async function compare(request: CompareRequest, say: Say): Promise<RunComparison> {
  const { data, runs, name, bootstrap = DEFAULT_BOOTSTRAP } = request;
  checkName(name, "a comparison");
  const records: RunRecord[] = [];
  for (const run of runs) {
    const record = await readRunRecord(data, run);
    if (records.some((other) => other.name === record.name)) {
      throw new InputError(`run ${record.name} is named twice; expected each run once`);
    }
    records.push(record);
  }
  if (records.length < 2) {
    throw new InputError(
      `there is nothing to compare run ${records[0].name} with; name two or more`,
    );
  }
  const comparison = compareRuns(records, bootstrap);
  const path = `${RUNS_FOLDER}/${name}`;
  await data.writeFile(`${path}.json`, `${JSON.stringify(comparison, null, 2)}\n`);
  await data.writeFile(`${path}.png`, await runCurvesPng(records));
  sayComparison(comparison, say);
  say.line();
  say.line(`The curves are in ${data.resolve(`${path}.png`)}, all figures in ${name}.json.`);
  say.line(RESEARCH_ONLY);
  return comparison;
}

function sayComparison(comparison: RunComparison, say: Say): void {
  const { runs, settings, differences, warnings } = comparison;
  const names = runs.map(({ name }) => name);
  say.line("what differs");
  say.line(
    settings.length === 0 ? "  nothing: all settings are the same" : columns([
      ["  setting", ...names],
      ...settings.map(({ name, values }) => [`  ${name}`, ...values.map(shown)]),
    ]),
  );
  say.line();
  say.line("epochs, on the validation images");
  say.line(epochTable(comparison));
  if (runs.some(({ evaluation }) => evaluation !== null)) {
    say.line();
    say.line("evaluation, with 95 % intervals");
    say.line(evaluationTable(comparison));
  }
  for (const { first, second, differences: found } of differences) {
    say.line();
    say.line(`${first} minus ${second}, image by image, with 95 % intervals`);
    say.line(differenceLines(found, first, second));
  }
  for (const warning of warnings) say.line(`note: ${warning}`);
}

function epochTable({ runs }: RunComparison): string {
  return columns([
    ["  run", "epochs", "best epoch", "Dice", "IoU", "lowest loss", "in epoch"],
    ...runs.map(({ name, epochs, planned_epochs: planned, best, lowest_val_loss: lowest }) => [
      `  ${name}`,
      epochs === planned ? `${epochs}` : `${epochs} of ${planned}`,
      shown(best?.epoch),
      figure(best?.val_dice ?? null),
      figure(best?.val_iou ?? null),
      figure(lowest?.val_loss ?? null),
      shown(lowest?.epoch),
    ]),
  ]);
}

function evaluationTable({ runs }: RunComparison): string {
  const rows = runs.map(({ name, evaluation }) => {
    if (evaluation === null) return [`  ${name}`, ...Array<string>(7).fill("-")];
    const { data, settings: { size }, overall, lesion_free } = evaluation;
    const { dice, hd95_px } = overall.per_case;
    return [
      `  ${name}`,
      `${data.images} ${data.part}`,
      size === "original" ? size : `${size.width}x${size.height}`,
      interval(dice.mean),
      interval(dice.median),
      interval(hd95_px.mean, 1),
      percent(overall.detection.sensitivity),
      lesion_free.cases === 0
        ? "-"
        : `${lesion_free.false_alarms} of ${plural(lesion_free.cases, "lesion-free image")}`,
    ];
  });
  const head = ["images", "size", "mean Dice", "median Dice", "mean HD95, px", "lesions found"];
  return columns([["  run", ...head, "false alarms"], ...rows]);
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return "-";
  return typeof value === "string" ? value : JSON.stringify(value);
}
