/**
 * `runs`: a table of all runs.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { type FileStore, listRuns, RESEARCH_ONLY } from "../../mod.ts";
import { spelled } from "../options/flags.ts";
import { DATA_OPTION, openOutput, outDirOption } from "../options/folder_options.ts";
import { jsonOption, type Output, outputOf } from "../options/output_options.ts";
import { complain } from "../terminal/say.ts";
import { runsTable } from "../words/runs_words.ts";

/** `runs` with its options and its action. */
export function runsCommand() {
  return new Command("runs")
    .description(
      "List all runs with the figures of the models that they keep: Dice, lesions missed, false alarms. " +
        "Figures are those of evaluate or of the report, or else those of the epoch. Nothing is changed.",
    )
    .requiredOption(...DATA_OPTION)
    .addOption(outDirOption())
    .addOption(jsonOption())
    .action(async ({ json, ...folders }) => {
      await runs(await openOutput(folders), outputOf({ json }));
    });
}

/** Prints the runs. Damaged ones are named on stderr and do not stop the list. */
export async function runs(
  output: FileStore,
  { say, json }: Output,
  warn: (text: string) => void = complain,
): Promise<void> {
  const list = await listRuns(output);
  for (const { name, error } of list.damaged) {
    warn(`warning: ${name} cannot be listed: ${spelled(error)}`);
    json?.({ run: name, error: spelled(error) });
  }
  for (const { name, ...run } of list.runs) json?.({ run: name, ...run });
  if (list.runs.length === 0) {
    say.line(
      `there is no run in ${output.resolve("runs")}${list.damaged.length > 0 ? " to list" : ""}`,
    );
    return;
  }
  say.block(runsTable(list.runs, say.terminal ? say.columns() : Infinity));
  say.line(RESEARCH_ONLY);
}
