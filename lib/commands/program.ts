/**
 * The tree of commands.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { VERSION } from "../version.ts";
import { compareCommand } from "./compare.ts";
import { demoCommand } from "./demo.ts";
import { doctorCommand } from "./doctor.ts";
import { evaluateCommand } from "./evaluate.ts";
import { report } from "./exit.ts";
import { exportCommand } from "./export.ts";
import { importCommand } from "./import.ts";
import { inspectCommand } from "./inspect.ts";
import { mergeCommand } from "./merge.ts";
import { phantomsCommand } from "./phantoms.ts";
import { predictCommand } from "./predict.ts";
import { profileCommand } from "./profile.ts";
import { reportCommand } from "./report.ts";
import { trainCommand } from "./train.ts";
import { verifyCommand } from "./verify.ts";

/** Runs the command that the arguments name; returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  // The tasks in deno.json are how people type the commands, so help calls them that.
  const program = new Command("deno task")
    .description("Train a U-Net on ultrasound images and outline lesions. Research use only.")
    .version(VERSION)
    // Commander would ask the environment, which the tasks may not read.
    .configureOutput({ getOutHasColors: () => false, getErrHasColors: () => false });
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
    program.addCommand(command.copyInheritedSettings(program).exitOverride());
  }
  try {
    await program.exitOverride().parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    return report(error);
  }
}
