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
import { spell, spelled } from "../options/flags.ts";
import { openFolders, openToRead } from "../options/folder_options.ts";
import { type Output, outputOf } from "../options/output_options.ts";
import { trainCommand as commandWithOptions } from "../options/train_options.ts";
import { EXIT, Exit } from "../terminal/exit.ts";
import { Interrupt } from "../terminal/interrupt.ts";
import type { Json, Say } from "../terminal/say.ts";
import { TrainJson } from "../terminal/train_json.ts";
import { groupTable } from "../words/recipe_words.ts";
import { task } from "../words/task.ts";
import { shellWord } from "../words/words.ts";
import { dryTrain } from "./dry_run.ts";
import { findLr } from "./find_lr.ts";
import { reportLine } from "./report.ts";
import { resumeCommand, TrainWords } from "./train_progress.ts";

/** `train` with its options and its action. */
export function trainCommand() {
  return commandWithOptions().action(async (options) => {
    const { data, outDir, name, resume, fromPrevious, weights, config } = options;
    const open = options.dryRun ? openToRead : openFolders;
    const request = {
      ...await open({ data, outDir }),
      config: givenConfig(options),
      spell,
      settings: givenSettings(options),
      autotune: options.autotune,
      weights,
      configFile: config,
    };
    const output = outputOf(options);
    const { say } = output;
    if (options.dryRun) {
      const isDone = await dryTrain({ ...request, name }, output);
      if (!isDone) throw new Exit(EXIT.interrupted);
      return;
    }
    if (options.findLr !== undefined) {
      const out = options.findLr === true ? undefined : options.findLr;
      if (await findLr({ ...request, out }, say) === undefined) throw new Exit(EXIT.interrupted);
      return;
    }
    const asked = { ...request, name, resume, fromPrevious };
    const group = await requestedGroup(asked);
    const { interrupted } = group === undefined
      ? await train(asked, say, output.json)
      : await trainGroup(asked, group, output);
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
  json?: Json,
): Promise<TrainResult> {
  const { data, output = data } = request;
  using interrupt = new Interrupt();
  const words = new TrainWords({ data, output }, interrupt, say, json && new TrainJson(json));
  try {
    const result = await trainRun({ ...request, signal: interrupt.signal }, words);
    words.end();
    say.line(reportLine(output, result.run), result.interrupted ? undefined : "result");
    return result;
  } catch (error) {
    throw await words.failed(error);
  }
}

/** Trains the runs of a group, prints the progress of each, and at the end what they came to. */
async function trainGroup(
  request: Omit<TrainRequest, "signal">,
  group: RunGroup,
  { say, json }: Output,
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
      const inJson = json && new TrainJson(json);
      return words = new TrainWords({ data, output }, interrupt, say, inJson);
    });
    words?.end();
    if (result.interrupted) {
      const way = resumeCommand({ data, output }, group.name);
      say.line(`All ${group.members.length} runs: ${way}`, "result");
      return result;
    }
    say.line();
    say.block(groupTable(result));
    if (result.notChosen) say.line(`note: ${spelled(result.notChosen)}`);
    const predicting = task("predict", "--model", shellWord(group.name));
    say.line(`Together: ${predicting} FILE_OR_FOLDER`, "result");
    return result;
  } catch (error) {
    throw await words?.failed(error) ?? error;
  }
}
