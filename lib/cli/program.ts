/**
 * The tree of commands.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { VERSION, visibleLines } from "../mod.ts";
import { compareCommand } from "./commands/compare.ts";
import { demoCommand } from "./commands/demo.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { evaluateCommand } from "./commands/evaluate.ts";
import { exportCommand } from "./commands/export.ts";
import { importCommand } from "./commands/import.ts";
import { inspectCommand } from "./commands/inspect.ts";
import { mergeCommand } from "./commands/merge.ts";
import { phantomsCommand } from "./commands/phantoms.ts";
import { predictCommand } from "./commands/predict.ts";
import { profileCommand } from "./commands/profile.ts";
import { reportCommand } from "./commands/report.ts";
import { trainCommand } from "./commands/train.ts";
import { verifyCommand } from "./commands/verify.ts";
import { renamedOption } from "./options/flags.ts";
import { report } from "./terminal/exit.ts";
import { PARSER_OUTPUT } from "./terminal/say.ts";

/** Runs the command that the arguments name. Returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  // Users run the commands as tasks of deno.json, so the help shows `deno task`.
  const program = new Command("deno task")
    .description("Train a U-Net on ultrasound images and outline lesions. Research use only.")
    .version(VERSION)
    // By default Commander reads the environment, which the tasks have no permission for.
    .configureOutput({
      ...PARSER_OUTPUT,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  const commands = [
    demoCommand(),
    phantomsCommand(),
    inspectCommand(),
    trainCommand(),
    predictCommand(),
    mergeCommand(),
    evaluateCommand(),
    compareCommand(),
    verifyCommand(),
    reportCommand(),
    importCommand(),
    exportCommand(),
    doctorCommand(),
    profileCommand(),
  ];
  for (const command of commands) {
    const flags = command.options.map(({ long }) => long!);
    command.copyInheritedSettings(program).configureOutput({
      outputError(text, write) {
        const renamed = renamedOption(text, flags);
        write(visibleLines(renamed === undefined ? text : `${renamed}\n`));
      },
    });
    program.addCommand(command.exitOverride());
  }
  try {
    await program.exitOverride().parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    return report(error);
  }
}
