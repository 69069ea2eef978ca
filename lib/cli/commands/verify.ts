/**
 * `verify`: checks the folder of a run and prints how to continue.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import {
  FILES,
  type FileStore,
  hasEnded,
  newestRun,
  type RunReport,
  type SavedRun,
  verifyRun,
} from "../../mod.ts";
import { DATA_OPTION, openOutput, outDirOption } from "../options/folder_options.ts";
import { EXIT, Exit } from "../terminal/exit.ts";
import { type Say, sayOnStdout } from "../terminal/say.ts";
import { task } from "../words/task.ts";
import { figure, positionOf, shellWord, table } from "../words/words.ts";

/** `verify` with its options and its action. */
export function verifyCommand() {
  return new Command("verify")
    .description(
      "Check the folder of a run: whether each file is whole and belongs to the checkpoint, what can be used, " +
        "and how to go on. Nothing is changed; images are not read. Ends with 0 when the run can go on and its best " +
        "model is good, otherwise with 2.",
    )
    .argument("[run]", "the name of the run (default: the newest)")
    .requiredOption(...DATA_OPTION)
    .addOption(outDirOption())
    .action(async (given, folders) => {
      const [output, say] = [await openOutput(folders), sayOnStdout()];
      const run = given ?? await newestRun(output, (text) => say.line(`note: ${text}`));
      const report = await verify(output, run, say);
      if (!report.usable) throw new Exit(EXIT.input);
    });
}

/**
 * Checks a run and prints the findings.
 *
 * @throws {InputError} if there is no such folder.
 */
export async function verify(data: FileStore, name: string, say: Say): Promise<RunReport> {
  const report = await verifyRun(data, name);
  say.line(`run ${report.name}`);
  say.block(
    table(report.files.map(({ file, condition, words }) => [file, `${condition}: ${words}`])),
  );
  for (const line of adviceOf(report)) say.line(line);
  return report;
}

/** Ways to continue, as sentences. */
export function adviceOf(report: RunReport): string[] {
  const { name, saved, previous, model, canGoOn, files } = report;
  const lines: string[] = [];
  if (saved !== undefined) {
    const dice = saved.progress.history.at(-1)?.valDice ?? null;
    lines.push(
      `The checkpoint is whole: ${positionOf(saved.progress)} of ${saved.config.epochs}` +
        `${dice === null ? "" : `, validation Dice ${figure(dice)}`}.`,
    );
    lines.push(...goingOn(report));
  } else if (previous !== undefined) {
    const { progress, config: { epochs } } = previous;
    lines.push(
      `${FILES.last} cannot be used, but the checkpoint before it is whole: ${
        positionOf(progress)
      } of ${epochs}.`,
      `Go on from there, to the same bytes: ${resuming(name, previous, " --from-previous")}`,
    );
  } else if (model !== undefined) {
    lines.push(
      `The run cannot go on, but its best model is good. Begin a new run from it: ` +
        task("train", "--weights", shellWord(model)),
    );
  } else {
    lines.push("There is nothing in it to go on with: begin a new run under another name.");
  }
  if (model !== undefined) {
    lines.push(`Predict with: ${task("predict", "--model", shellWord(model))} FILE_OR_FOLDER`);
  }
  const best = files.find(({ file }) => file === FILES.best);
  if (canGoOn && (best?.condition === "missing" || best?.condition === "damaged")) {
    lines.push(`${FILES.best} is written again only when a later epoch is better.`);
  }
  return [...lines, ...repairsOfReadable(report)];
}

/** Ways to restore the readable files of a finished run. */
function repairsOfReadable({ name, saved, files }: RunReport): string[] {
  const conditions = new Map(files.map(({ file, condition }) => [file, condition]));
  const isBad = (file: string) => (conditions.get(file) ?? "good") !== "good";
  const lines: string[] = [];
  if (conditions.get(`${FILES.snapshots}/`) === "damaged") {
    lines.push(`The report leaves the damaged picture in ${FILES.snapshots}/ out.`);
  }
  if (saved === undefined || !hasEnded(saved.progress, saved.config)) return lines;
  const remade = [FILES.report, FILES.results, FILES.metrics].filter(isBad);
  if (remade.length > 0) {
    lines.push(`To make ${remade.join(", ")} again: ${task("report", shellWord(name))}`);
  }
  if (isBad(FILES.test)) {
    const first = conditions.get(FILES.test) === "missing" ? "" : "delete it, then ";
    lines.push(
      `To measure ${FILES.test} again: ${first}${task("train", "--resume", shellWord(name))}`,
    );
  }
  return lines;
}

function goingOn({ name, saved, canGoOn, files }: RunReport): string[] {
  if (canGoOn) {
    const words = hasEnded(saved!.progress, saved!.config)
      ? "The run is finished. For more epochs"
      : "Go on with";
    return [`${words}: ${resuming(name, saved!)}`];
  }
  const blocking = files.filter(({ file, condition }) =>
    condition === "damaged" && REPAIRABLE.includes(file)
  );
  return [
    `It cannot go on as it is. Put back ${
      blocking.map(({ file }) => file).join(" and ")
    } from a copy, or ` +
    `delete what is damaged and try: ${resuming(name, saved!)} (the images are compared with the ` +
    `checkpoint's hash, so nothing can go wrong)`,
  ];
}

/** The command that resumes from a checkpoint. */
function resuming(name: string, { progress, config }: SavedRun, option = ""): string {
  return task("train", "--resume", shellWord(name)) + option + moreEpochs(progress, config);
}

/** The option that lets a finished run make more epochs. */
function moreEpochs(progress: SavedRun["progress"], config: SavedRun["config"]): string {
  const { epochs, patience } = config;
  if (!hasEnded(progress, config)) return "";
  return progress.epoch < epochs ? ` --patience ${2 * patience!}` : ` --epochs ${2 * epochs}`;
}

/** A run can resume without these files, but not with damaged ones. */
const REPAIRABLE: readonly string[] = [FILES.config, FILES.split];
