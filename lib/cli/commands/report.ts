/**
 * `report`: writes the report of a run again, from its folder and its images.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { FILES, type FileStore, newestRun, reportRun, type RunFolder } from "../../mod.ts";
import { addDeviceOptions, givenSettings } from "../options/field_options.ts";
import { spell } from "../options/flags.ts";
import { DATA_OPTION, openFolders, outDirOption } from "../options/folder_options.ts";
import { ProgressBar } from "../terminal/progress_bar.ts";
import { complain, type Say, sayOnStdout } from "../terminal/say.ts";

/** `report` with its options and its action. */
export function reportCommand() {
  const command = new Command("report")
    .description(
      "Write the report of a run again: report.html, one page with everything about it, and results.png. Figures are those " +
        "of evaluate where it was run on the best model; otherwise the test images, or else the validation images, are evaluated now.",
    )
    .argument("[run]", "the name of the run (default: the newest)")
    .requiredOption(...DATA_OPTION)
    .addOption(outDirOption())
    .action(async (given, { data, outDir, ...options }) => {
      const folders = await openFolders({ data, outDir });
      const say = sayOnStdout();
      const note = (text: string) => say.line(`note: ${text}`);
      const name = given ?? await newestRun(folders.output, note);
      let bar: ProgressBar | undefined;
      const { run } = await reportRun({ ...folders, name, settings: givenSettings(options) }, {
        begin: (total) => bar = reportBar(total, say),
        evaluating: (done) => bar?.done(done),
        warn: (text) => complain(`warning: ${text}`),
        spell,
      }).finally(() => bar?.end());
      say.line(reportLine(folders.output, run));
    });
  addDeviceOptions(command);
  return command;
}

/** A progress bar for the evaluation of a report. */
export function reportBar(total: number, say: Say): ProgressBar {
  return new ProgressBar({ doing: "evaluating for the report", things: "images", total, say });
}

/** A line with the path of the report of a run. */
export function reportLine(output: FileStore, run: RunFolder): string {
  return `The report is ${output.resolve(run.file(FILES.report))}`;
}
