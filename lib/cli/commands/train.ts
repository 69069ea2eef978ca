/**
 * `train`: trains a U-Net on the images in the data directory.
 *
 * @module
 */
import {
  type MembersResult,
  requestedGroup,
  type RunGroup,
  trainMembers,
  type TrainRequest,
  type TrainResult,
  trainRun,
} from "../../mod.ts";
import { givenConfig, givenSettings } from "../options/field_options.ts";
import { spell } from "../options/flags.ts";
import { openFolders } from "../options/folder_options.ts";
import { trainCommand as commandWithOptions } from "../options/train_options.ts";
import { EXIT, Exit } from "../terminal/exit.ts";
import { Interrupt } from "../terminal/interrupt.ts";
import { type Say, sayOnStdout } from "../terminal/say.ts";
import { groupTable } from "../words/recipe_words.ts";
import { shellWord } from "../words/words.ts";
import { findLr } from "./find_lr.ts";
import { reportLine } from "./report.ts";
import { resumeCommand, TrainWords } from "./train_progress.ts";

/** `train` with its options and its action. */
export function trainCommand() {
  return commandWithOptions().action(async (options) => {
    const { data, outDir, name, resume, fromPrevious, weights, config } = options;
    const request = {
      ...await openFolders({ data, outDir }),
      config: givenConfig(options),
      spell,
      settings: givenSettings(options),
      autotune: options.autotune,
      weights,
      configFile: config,
    };
    const say = sayOnStdout();
    if (options.findLr !== undefined) {
      const out = options.findLr === true ? undefined : options.findLr;
      if (await findLr({ ...request, out }, say) === undefined) throw new Exit(EXIT.interrupted);
      return;
    }
    const asked = { ...request, name, resume, fromPrevious };
    const group = await requestedGroup(asked);
    const { interrupted } = group === undefined
      ? await train(asked, say)
      : await trainGroup(asked, group, say);
    if (interrupted) throw new Exit(EXIT.interrupted);
  });
}

/**
 * Trains a run and prints its progress.
 *
 * @throws {InputError} before anything is written, if the request cannot be fulfilled.
 */
export async function train(
  request: Omit<TrainRequest, "signal">,
  say: Say,
): Promise<TrainResult> {
  const { data, output = data } = request;
  using interrupt = new Interrupt();
  const words = new TrainWords({ data, output }, interrupt, say);
  try {
    const result = await trainRun({ ...request, signal: interrupt.signal }, words);
    words.end();
    say.line(reportLine(output, result.run));
    return result;
  } catch (error) {
    throw await words.failed(error);
  }
}

/** Trains the runs of a group, prints the progress of each, and at the end what they came to. */
async function trainGroup(
  request: Omit<TrainRequest, "signal">,
  group: RunGroup,
  say: Say,
): Promise<MembersResult> {
  const { data, output = data } = request;
  using interrupt = new Interrupt();
  let words: TrainWords | undefined;
  try {
    const result = await trainMembers({ ...request, signal: interrupt.signal }, group, (run) => {
      words?.end();
      if (words !== undefined) say.line();
      const number = group.members.indexOf(run) + 1;
      say.line(`run ${number} of ${group.members.length}: ${run}`);
      return words = new TrainWords({ data, output }, interrupt, say);
    });
    words?.end();
    if (result.interrupted) {
      say.line(`All ${group.members.length} runs: ${resumeCommand({ data, output }, group.name)}`);
      return result;
    }
    say.line();
    say.block(groupTable(result));
    say.line(`Together: deno task predict --model ${shellWord(group.name)} FILE_OR_FOLDER`);
    return result;
  } catch (error) {
    throw await words?.failed(error) ?? error;
  }
}
