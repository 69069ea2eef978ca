/**
 * `report`: writes the page about a run (again), from its folder and its images.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { DataFolder } from "../../store/folder.ts";
import { finishReport, type FinishRequest, savedForReport } from "../../run/finish_report.ts";
import { reportedPart } from "../../dataset/split.ts";
import { FILES } from "../../run/run_folder.ts";
import { newSettings } from "../../run/run_settings.ts";
import { openEngine } from "../device.ts";
import { addDeviceOptions, givenSettings } from "../options/field_options.ts";
import { ProgressBar } from "../terminal/progress_bar.ts";
import { type Say, sayOnStdout } from "../terminal/say.ts";

/** `report` with its options and its action. */
export function reportCommand() {
  const command = new Command("report")
    .description(
      "Write the report of a run again: report.html, one page with everything about it, and results.png. Figures are those " +
        "of evaluate where it was run on the best model; otherwise the test images, or else the validation images, are evaluated now.",
    )
    .argument("<run>", "the name of the run")
    .requiredOption("--data <folder>", "the data directory (the tasks give DATA_DIR)")
    .action(async (name, { data, ...options }) => {
      const { engine } = await openEngine(newSettings(givenSettings(options)));
      try {
        const saved = await savedForReport(await DataFolder.open(data), name);
        await writeFinalReport({ ...saved, engine }, sayOnStdout());
      } finally {
        engine.close();
      }
    });
  addDeviceOptions(command);
  return command;
}

/** Writes the report, shows how the evaluation goes on, and says where the page is. */
export async function writeFinalReport(request: FinishRequest, say: Say): Promise<void> {
  const { data, run, split } = request;
  const total = split[reportedPart(split)]!.length;
  const bar = new ProgressBar({ doing: "evaluating for the report", things: "images", total, say });
  try {
    await finishReport({ ...request, onProgress: (done) => bar.done(done) });
  } finally {
    bar.end();
  }
  say.line(`The report is ${data.resolve(run.file(FILES.report))}`);
}
