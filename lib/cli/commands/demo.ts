/**
 * `demo`: runs the whole workflow on synthetic images: phantoms, training, prediction of the
 * validation images, and a contact sheet.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import {
  DEMO_CONFIG,
  DEMO_PHANTOMS,
  DEMO_RUN,
  DEMO_SHEET,
  FILES,
  type FileStore,
  type RunSettings,
  SETTINGS_FIELDS,
  writeDemoSheet,
} from "../../mod.ts";
import { addFieldOptions, givenSettings } from "../options/field_options.ts";
import { DATA_OPTION, makeOutput, outDirOption } from "../options/folder_options.ts";
import { EXIT, Exit } from "../terminal/exit.ts";
import { type Say, sayOnStdout } from "../terminal/say.ts";
import { task } from "../words/task.ts";
import { makePhantoms } from "./phantoms.ts";
import { predict } from "./predict.ts";
import { train } from "./train.ts";

/** `demo` with its action. */
export function demoCommand() {
  const command = new Command("demo")
    .description(
      "Make synthetic ultrasound images, train a small U-Net on them, outline the lesions in the " +
        "validation images, and show them on one sheet.",
    )
    .requiredOption(...DATA_OPTION)
    .addOption(outDirOption())
    .action(async ({ data, outDir, ...options }) => {
      await demo(await makeOutput({ data, outDir }), givenSettings(options), sayOnStdout());
    });
  addFieldOptions(command, { device: SETTINGS_FIELDS.device });
  return command;
}

/** The phantoms are results, so that the demonstration needs the output directory alone. */
async function demo(data: FileStore, settings: Partial<RunSettings>, say: Say): Promise<void> {
  await makePhantoms(data, DEMO_PHANTOMS.folder, DEMO_PHANTOMS, say);
  say.line();
  const { run, split, interrupted } = await train(
    { data, config: DEMO_CONFIG, settings, freeName: DEMO_RUN },
    say,
  );
  if (interrupted) throw new Exit(EXIT.interrupted);
  say.line();
  const { validation } = split;
  const { failures, interrupted: stopped } = await predict(
    {
      data,
      inputs: validation.map(({ image }) => image),
      model: [run.name],
      settings,
    },
    { ...say, line: () => {} },
  );
  if (stopped) throw new Exit(EXIT.interrupted);
  if (failures > 0) throw new Exit(EXIT.input);
  await writeDemoSheet(data, run, validation);
  say.line("Look at:");
  say.line(`  ${data.resolve(run.file(FILES.report))}  everything about the run, in a browser`);
  say.line(
    `  ${data.resolve(run.file(DEMO_SHEET))}  the validation images, with both outlines`,
  );
  say.line(`  ${data.resolve(run.file(FILES.loss))}  how training went`);
  say.line(`  ${data.resolve(run.file(FILES.samples))}  images beside their masks`);
  say.line(`  ${data.resolve(run.file(FILES.predictions))}  a mask for each image`);
  say.line(`Your own images: DATA_DIR=/path/to/images ${task("train")}`);
}
