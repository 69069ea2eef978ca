/**
 * `compare`: compares runs.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import {
  type CompareRequest,
  RESEARCH_ONLY,
  type RunComparison,
  writeComparison,
} from "../../mod.ts";
import { DATA_OPTION, openOutput, outDirOption } from "../options/folder_options.ts";
import { type Say, sayOnStdout } from "../terminal/say.ts";
import { differenceLines, interval, percent } from "../words/evaluation_words.ts";
import { columns, figure, plural } from "../words/words.ts";

/** `compare` with its options and its action. */
export function compareCommand() {
  return new Command("compare")
    .description(
      "Put runs side by side: the settings that differ, their curves in one picture, their figures in one table. " +
        "Where the models were evaluated on the same images (the command evaluate), also the differences between " +
        "the first run's and each other's.",
    )
    .argument("<run...>", "the names of two or more runs")
    .requiredOption(...DATA_OPTION)
    .addOption(outDirOption())
    .option("--name <name>", "write runs/NAME.png and runs/NAME.json", "compare")
    .action(async (runs, { name, ...folders }) => {
      await compare({ data: await openOutput(folders), runs, name }, sayOnStdout());
    });
}

/**
 * Compares runs, writes picture and figures, and prints the result.
 *
 * @throws {InputError} for runs that cannot be compared.
 */
export async function compare(request: CompareRequest, say: Say): Promise<RunComparison> {
  const { data, name } = request;
  const { comparison, picture } = await writeComparison(request);
  sayComparison(comparison, say);
  say.line();
  say.line(`The curves are in ${data.resolve(picture)}, all figures in ${name}.json.`);
  say.line(RESEARCH_ONLY);
  return comparison;
}

function sayComparison(comparison: RunComparison, say: Say): void {
  const { runs, settings, differences, warnings } = comparison;
  const names = runs.map(({ name }) => name);
  say.line("what differs");
  say.block(
    settings.length === 0 ? "  nothing: all settings are the same" : columns([
      ["  setting", ...names],
      ...settings.map(({ name, values }) => [`  ${name}`, ...values.map(shown)]),
    ]),
  );
  say.line();
  say.line("epochs, on the validation images");
  say.block(epochTable(comparison));
  if (runs.some(({ evaluation }) => evaluation !== null)) {
    say.line();
    say.line("evaluation, with 95 % intervals");
    say.block(evaluationTable(comparison));
  }
  for (const { first, second, differences: found } of differences) {
    say.line();
    say.line(`${first} minus ${second}, image by image, with 95 % intervals`);
    say.block(differenceLines(found, first, second));
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
