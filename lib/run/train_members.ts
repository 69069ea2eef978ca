/**
 * Trains runs that differ in their seeds alone, one after the other. Their models predict together.
 *
 * The first run resolves the settings; the others are begun with its `config.json` and the next
 * seeds, on the same split. Each run resumes by itself: a group that was stopped skips the runs
 * that are finished, goes on with the one that is not, and begins the others. At the end the
 * validation images choose how all predict together.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { type Sentence, sentence, setting } from "../core/sentence.ts";
import { namedFiles } from "../store/named_files.ts";
import type { FileStore } from "../store/store.ts";
import type { TrainingConfig } from "../train/config.ts";
import { hasEnded, type HistoryRow, keptRow, type Progress } from "../train/progress.ts";
import { DEFAULT_RECIPE, RECIPES } from "../train/recipes.ts";
import { choiceTogether } from "./choose_together.ts";
import { readModels } from "./find_model.ts";
import { groupOf, readGroup, type RunGroup } from "./groups_of_runs.ts";
import { readManifest } from "./manifest.ts";
import { FILES, RunFolder, runNames } from "./run_folder.ts";
import { dateName } from "./run_name.ts";
import { isTestOwed, readConfig } from "./start.ts";
import { type TrainDisplay, type TrainRequest, trainRun } from "./train_run.ts";

/** A finished run of a group. */
export interface FinishedMember {
  readonly run: string;
  readonly seed: number;
  /** The figures of the model that the run keeps. */
  readonly kept: HistoryRow;
}

/** How the training of a group ended. */
export interface MembersResult {
  readonly group: RunGroup;
  /** The finished runs; all unless the signal stopped one. */
  readonly finished: readonly FinishedMember[];
  readonly interrupted: boolean;
  /** Why the validation images chose nothing for the finished models together. */
  readonly notChosen?: Sentence | undefined;
}

/**
 * The group that a request trains; `undefined` if it trains a single run.
 *
 * @throws {InputError} if the group's number of runs would change, or a name is taken.
 */
export async function requestedGroup(request: TrainRequest): Promise<RunGroup | undefined> {
  const { data, output = data, resume, settings = {} } = request;
  if (resume !== undefined) {
    const isRun = (await runNames(output)).includes(resume);
    const group = isRun ? undefined : await readGroup(output, resume);
    const members = group?.members.length ?? 1;
    if (settings.members !== undefined && settings.members !== members) {
      throw new InputError(
        sentence`${
          setting("members")
        } cannot change when a run is resumed: ${resume} has ${members};
          begin new runs`,
      );
    }
    return group;
  }
  const members = await membersWanted(request);
  if (members === 1) return undefined;
  const group = groupOf(request.name ?? dateName(new Date()), members);
  for (const member of group.members) await RunFolder.fresh(output, member);
  return group;
}

async function membersWanted(
  { data, output = data, config, configFile, settings = {} }: TrainRequest,
): Promise<number> {
  if (settings.members !== undefined) return settings.members;
  if (configFile !== undefined) {
    return (await readConfig(namedFiles(data, output), configFile)).settings.members;
  }
  return RECIPES[config.recipe ?? DEFAULT_RECIPE]?.members ?? 1;
}

/**
 * Trains the runs of a group, or goes on with them. `displayOf` makes the display of each run that
 * is trained now.
 *
 * @throws {InputError} as {@linkcode trainRun}.
 */
export async function trainMembers(
  request: TrainRequest,
  group: RunGroup,
  displayOf: (run: string) => TrainDisplay & { end?(): void } = () => ({}),
): Promise<MembersResult> {
  const { data, output = data, signal } = request;
  const finished: FinishedMember[] = [];
  for (const run of group.members) {
    const standing = await standingOf(output, run);
    const wanted = await requestOf(request, group, run, standing);
    const trained = wanted && await trainRun(wanted, displayOf(run));
    if (trained && (trained.interrupted || signal?.aborted)) {
      return { group, finished, interrupted: true };
    }
    const { config, progress } = trained ?? standing!;
    finished.push({ run, seed: config.seed, kept: keptRow(progress.history, config.keep)! });
  }
  try {
    return { group, finished, interrupted: false, ...await chooseFor(request, group) };
  } catch (error) {
    if (!signal?.aborted) throw error;
    return { group, finished, interrupted: true };
  }
}

/** Lets the validation images choose how the models of a finished group predict together. */
async function chooseFor(
  request: TrainRequest,
  { members }: RunGroup,
): Promise<Pick<MembersResult, "notChosen">> {
  const { data, output = data } = request;
  const first = await RunFolder.folderOf(output, members[0]);
  const { settings } = await readConfig(output, first.file(FILES.config));
  const where = { ...request, settings: { ...settings, ...request.settings } };
  try {
    await choiceTogether(where, await readModels(request, members, () => {}));
    return {};
  } catch (error) {
    // The models are trained, and predict without a choice, too.
    if (!(error instanceof InputError)) throw error;
    return { notChosen: error.sentence };
  }
}

/** The request that trains a run of the group; `undefined` if nothing is left to do. */
async function requestOf(
  request: TrainRequest,
  { members }: RunGroup,
  run: string,
  standing: Standing | undefined,
): Promise<TrainRequest | undefined> {
  const { data, output, autotune, signal, settings } = request;
  const common = { data, output, autotune, signal, settings };
  const index = members.indexOf(run);
  if (index === 0) {
    if (standing === undefined) return { ...request, name: run, resume: undefined };
    return isDone(standing, request.config) ? undefined : { ...request, resume: run };
  }
  const first = await RunFolder.folderOf(output ?? data, members[0]);
  const { config } = await readConfig(output ?? data, first.file(FILES.config));
  if (standing !== undefined) {
    const { epochs, patience } = config;
    if (isDone(standing, { epochs, patience })) return undefined;
    return { ...common, config: { epochs, patience }, resume: run };
  }
  const weights = (await readManifest(first))?.weights?.file;
  return {
    ...common,
    config: { seed: config.seed + index },
    configFile: first.file(FILES.config),
    name: run,
    weights: typeof weights === "string" ? weights : undefined,
    splitOf: first,
  };
}

/** How far a run is. */
interface Standing {
  readonly config: TrainingConfig;
  readonly progress: Progress;
  readonly owesTest: boolean;
}

/** The standing of a run; `undefined` if it has not begun. */
async function standingOf(output: FileStore, name: string): Promise<Standing | undefined> {
  if (!(await runNames(output)).includes(name)) return undefined;
  const run = await RunFolder.existing(output, name);
  const { config, progress } = await run.readLast();
  const owesTest = await isTestOwed(run, await run.readText(FILES.split));
  return { config, progress, owesTest };
}

/** Whether nothing is left to do for a run that may have got another length. */
function isDone(
  { config, progress, owesTest }: Standing,
  length: Partial<Pick<TrainingConfig, "epochs" | "patience">>,
): boolean {
  return hasEnded(progress, { ...config, ...length }) && !owesTest;
}
