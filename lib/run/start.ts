/**
 * Determines the start of a run: fresh weights, the weights of a model, or the checkpoint of a
 * resumed run.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { parseJson } from "../core/json.ts";
import { command, sentence, setting } from "../core/sentence.ts";
import { TEXT_LIMITS } from "../core/text.ts";
import { seedOfSplit } from "../dataset/selection_fields.ts";
import { policyText } from "../dataset/augment/policy.ts";
import { readPolicy } from "../dataset/augment/policy_file.ts";
import { splitNamesOf } from "../dataset/split_file.ts";
import type { TrainingState } from "../engine/engine.ts";
import type { BitsInUse } from "../image/depth.ts";
import { type SavedRun } from "../model/checkpoint.ts";
import { type Model, readModel } from "../model/model_file.ts";
import { toldInput } from "../model/model_input.ts";
import { graphOf } from "../network/architectures.ts";
import { initialWeights } from "../network/weights.ts";
import type { Hold } from "../store/hold.ts";
import { namedFiles } from "../store/named_files.ts";
import type { FileReader, Folders } from "../store/store.ts";
import { configOfNetwork, networkOfConfig, type TrainingConfig } from "../train/config.ts";
import { FRESH_PROGRESS, hasEnded, positionOf, type Progress } from "../train/progress.ts";
import { DEFAULT_RECIPE, RECIPES } from "../train/recipes.ts";
import { newConfig, recipeOf, resumedConfig } from "../train/resolve_config.ts";
import { claimExisting, claimNew, type NewName } from "./claim.ts";
import { writeEvents } from "./event_file.ts";
import { modelFile } from "./find_model.ts";
import { forInformation } from "./for_information.ts";
import { type Manifest, readManifest, type SavedManifest } from "./manifest.ts";
import { lossPicture } from "./pictures.ts";
import { FILES, type RunFolder } from "./run_folder.ts";
import {
  DEFAULT_SETTINGS,
  newSettings,
  type RunConfig,
  runConfigFromJson,
  type RunSettings,
  savedConfig,
} from "./run_settings.ts";
import { readTimings, Timings } from "./timings.ts";

/** The request, with only the settings that were given. */
export interface StartRequest extends Folders, NewName {
  readonly config: Partial<TrainingConfig>;
  readonly settings?: Partial<RunSettings> | undefined;
  readonly resume?: string | undefined;
  /** Whether to resume from the checkpoint before the last. */
  readonly fromPrevious?: boolean | undefined;
  /** A model file, or the name of a run. */
  readonly weights?: string | undefined;
  readonly configFile?: string | undefined;
}

/** The start of a run. */
export interface TrainStart {
  readonly run: RunFolder;
  /** Keeps other processes from the run until it is released. */
  readonly hold: Hold;
  readonly config: TrainingConfig;
  readonly settings: RunSettings;
  readonly start: Progress;
  /** Returns the initial state. Called after all checks have passed. */
  readonly state: () => TrainingState;
  /** The model that the state comes from, for the manifest. */
  readonly weights?: Manifest["weights"];
  /** What reading that model chose, left out or changed, as sentences. */
  readonly notes?: Model["notes"];
  /** The values that a resumed run is compared with. */
  readonly saved?: {
    readonly split?: { readonly text: string; readonly name: string };
    readonly dataHash: string;
    readonly manifest: SavedManifest;
    /** The bits by which 16-bit images became grey; absent in runs that do not record them. */
    readonly bitsInUse?: BitsInUse;
  };
}

/**
 * Determines the start of a run and claims its folder. It writes nothing else, except for files
 * that a finished run lacks because it was killed at its end.
 *
 * @throws {InputError} if the request cannot be fulfilled.
 */
export async function startOf(request: StartRequest): Promise<TrainStart> {
  const { data, output = data, resume } = request;
  if (resume === undefined && request.fromPrevious) {
    throw new InputError(
      sentence`${setting("fromPrevious")} goes with ${setting("resume")}, which names the run to go
        on with`,
    );
  }
  const { run, hold } = resume === undefined
    ? await claimNew(output, request)
    : await claimExisting(output, resume, "train");
  try {
    const start = resume === undefined ? await newRun(request) : await resumedRun(request, run);
    return { ...start, run, hold };
  } catch (error) {
    await hold.release();
    throw error;
  }
}

/** The start of a run without its folder. */
export type Start = Omit<TrainStart, "run" | "hold">;

/** The given settings, with a policy written out in place of its name or file. */
async function givenConfig(
  { config }: Pick<StartRequest, "config">,
  files: FileReader,
): Promise<Partial<TrainingConfig>> {
  const { augment } = config;
  if (augment === undefined) return config;
  return { ...config, augment: policyText(await readPolicy(files, augment)) };
}

/**
 * Determines the start of a new run without claiming its folder.
 *
 * @throws {InputError} if the request cannot be fulfilled.
 */
export async function newRun(request: Omit<StartRequest, "resume" | "name">): Promise<Start> {
  const { data, output = data, weights: weightsFile, configFile } = request;
  const files = namedFiles(data, output);
  const { recipe = DEFAULT_RECIPE } = request.config;
  if (configFile !== undefined && request.config.recipe !== undefined) {
    throw new InputError(
      sentence`${setting("recipe", recipe)} and ${setting("config", configFile)} both give all
        settings; give one`,
    );
  }
  const file = configFile === undefined ? undefined : await readConfig(files, configFile);
  const base = file?.config ?? recipeOf(request.config);
  const settings = newSettings(
    request.settings,
    file?.settings ?? { ...DEFAULT_SETTINGS, members: RECIPES[recipe].members },
  );
  const given = await givenConfig(request, files);
  const configOver = (defaults: TrainingConfig) => {
    const config = newConfig(given, defaults);
    // Runs of several seeds have one split.
    return settings.members === 1 ? config : { ...config, splitSeed: seedOfSplit(config) };
  };
  if (weightsFile === undefined) {
    const config = configOver(base);
    const state = () => ({
      weights: initialWeights(graphOf(networkOfConfig(config)), config.seed),
      step: 0,
      batchesTracked: 0,
    });
    return { config, settings, start: FRESH_PROGRESS, state };
  }
  const model = await readModel(files, await modelFile({ data, output }, weightsFile));
  const config = configOver(file?.config ?? configOfModel(model, base));
  checkSameNetwork(model, config);
  const { weights, batchesTracked, notes } = model;
  return {
    config,
    settings,
    start: FRESH_PROGRESS,
    state: () => ({ weights, step: 0, batchesTracked }),
    weights: { file: model.path, sha256: model.sha256 },
    ...(notes && { notes }),
  };
}

async function resumedRun(request: StartRequest, run: RunFolder): Promise<Start> {
  const saved = await (request.fromPrevious ? run.readPrevious() : readLast(run));
  const before = await readSettings(run) ?? DEFAULT_SETTINGS;
  const { history } = saved.progress;
  if (hasEnded(saved.progress, saved.config)) {
    // A finished run that was killed after its last checkpoint has older readable files.
    await run.writeHistory(history);
    await run.write(FILES.loss, await lossPicture(history));
    if (before.tensorboard) {
      const timings = await forInformation(() => readTimings(run)) ?? new Timings();
      await writeEvents({ run, history, timings, warn: () => {} });
    }
  }
  const text = await run.readText(FILES.split);
  const split = text === undefined ? undefined : { text, name: run.file(FILES.split) };
  const owesTest = await isTestOwed(run, text);
  const { data, output = data } = request;
  const given = await givenConfig(request, namedFiles(data, output));
  const config = resumedConfig(given, {
    name: run.name,
    config: saved.config,
    progress: saved.progress,
    owesTest,
  });
  return {
    config,
    settings: newSettings(request.settings, before),
    start: saved.progress,
    state: () => saved.state,
    saved: {
      ...(split && { split }),
      dataHash: saved.dataHash,
      // Without a usable manifest a changed file is found, but not named.
      manifest: await forInformation(() => readManifest(run)) ?? {},
      ...(saved.card?.bitsInUse && { bitsInUse: saved.card.bitsInUse }),
    },
  };
}

/** Whether a run with this `split.json` has test images that are not evaluated yet. */
export async function isTestOwed(run: RunFolder, split: string | undefined): Promise<boolean> {
  return split !== undefined && await run.readText(FILES.test) === undefined &&
    splitNamesOf(split, run.file(FILES.split)).parts.some(([part]) => part === "test");
}

/** How a run was made so far; `undefined` where it has no `config.json`. */
async function readSettings(run: RunFolder): Promise<RunSettings | undefined> {
  try {
    return (await savedConfig(run))?.settings;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(
      sentence`${error.sentence}; put it back from a copy, or remove it: the checkpoint has all that
        fixes the result`,
    );
  }
}

/**
 * Reads the last checkpoint. If it is damaged, the error message says whether an earlier one is
 * usable.
 */
async function readLast(run: RunFolder): Promise<SavedRun> {
  try {
    return await run.readLast();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const previous = await run.readPrevious().catch(() => undefined);
    const way = previous === undefined
      ? sentence`${command("verify", run.name)} says what can be used`
      : sentence`the checkpoint before it is whole (${positionOf(previous.progress)}): go on from
        there with ${setting("resume", run.name)} ${setting("fromPrevious")}`;
    throw new InputError(sentence`${error.sentence}; ${way}`);
  }
}

/** The settings in a `config.json`. */
export async function readConfig(files: FileReader, file: string): Promise<RunConfig> {
  const path = files.relative(file);
  const text = await files.readText(path, { limit: TEXT_LIMITS.config });
  return runConfigFromJson(parseJson(text, path), path);
}

/** Settings with the network and the input size of a model. */
function configOfModel(model: Model, settings: TrainingConfig): TrainingConfig {
  const { network, info } = model;
  const config = { ...settings, ...configOfNetwork(network) };
  if (info === undefined) return { ...config, ...toldInput(model) };
  const { width, height, fit, mean, std } = info.config;
  return { ...config, width, height, fit, mean, std };
}

function checkSameNetwork({ path, network }: Model, config: TrainingConfig): void {
  const [given, wanted] = [graphOf(network), graphOf(networkOfConfig(config))];
  if (given.details === wanted.details) return;
  throw new InputError(
    sentence`${path} is a model of ${given.details}, but the options ask for ${wanted.details};
      leave ${setting("baseChannels")}, ${setting("bilinear")} and the others of the network out to
      take the model's`,
  );
}
