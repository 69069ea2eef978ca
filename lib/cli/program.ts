/**
 * The tree of commands.
 *
 * @module
 */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { VERSION, visibleLines } from "../mod.ts";
import { compareCommand } from "./commands/compare.ts";
import { demoCommand } from "./commands/demo.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { evaluateCommand } from "./commands/evaluate.ts";
import { exportCommand } from "./commands/export.ts";
import { importCommand } from "./commands/import.ts";
import { inspectCommand } from "./commands/inspect.ts";
import { mergeCommand } from "./commands/merge.ts";
import { pageCommand } from "./commands/page.ts";
import { phantomsCommand } from "./commands/phantoms.ts";
import { predictCommand } from "./commands/predict.ts";
import { profileCommand } from "./commands/profile.ts";
import { reportCommand } from "./commands/report.ts";
import { runsCommand } from "./commands/runs.ts";
import { trainCommand } from "./commands/train.ts";
import { verifyCommand } from "./commands/verify.ts";
import { renamedOption } from "./options/flags.ts";
import { groupOf } from "./options/groups.ts";
import { examplesOf, HELP } from "./options/help_texts.ts";
import { report } from "./terminal/exit.ts";
import { PARSER_OUTPUT } from "./terminal/say.ts";
import { TASK } from "./words/task.ts";

/** The commands under the headings of the overview. */
export function commandGroups() {
  return {
    "Begin:": [demoCommand(), phantomsCommand(), inspectCommand(), trainCommand()],
    "Use a model:": [
      predictCommand(),
      mergeCommand(),
      pageCommand(),
      importCommand(),
      exportCommand(),
    ],
    "Judge runs:": [
      runsCommand(),
      reportCommand(),
      evaluateCommand(),
      compareCommand(),
      verifyCommand(),
    ],
    "Examine this machine:": [doctorCommand(), profileCommand()],
  };
}

/** Runs the command that the arguments name. Returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  // Users run the commands as tasks of deno.json, so the help shows `deno task`.
  const program = new Command(TASK)
    .description("Train a U-Net on ultrasound images and outline lesions. Research use only.")
    .version(VERSION)
    // By default Commander reads the environment, which the tasks have no permission for.
    .configureOutput({
      ...PARSER_OUTPUT,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  program.commandsGroup("Help:")
    .helpCommand("help [command]", "This overview, or the options of a command");
  for (const [heading, commands] of Object.entries(commandGroups())) {
    for (const command of commands) addTo(program, command.helpGroup(heading));
  }
  try {
    await program.exitOverride().parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    return report(error);
  }
}

/** Adds a command to the program, with its help. */
function addTo(program: Command, command: CommandUnknownOpts): void {
  const flags = command.options.map(({ long }) => long!);
  command.copyInheritedSettings(program).configureOutput({
    outputError(text, write) {
      const renamed = renamedOption(text, flags);
      write(visibleLines(renamed === undefined ? text : `${renamed}\n`));
    },
  });
  for (const option of command.options) {
    option.helpGroupHeading ??= groupOf(command.name(), option.attributeName());
  }
  command.summary(HELP[command.name()].summary)
    .addHelpText("after", examplesOf(command.name()));
  program.addCommand(command.exitOverride());
}
