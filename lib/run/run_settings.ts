/**
 * Settings that a resumed run may change: the device, its threads and memory, the pictures and
 * files for people, the interval of checkpoints. Only the device changes bits of the result, since
 * each device adds in its own order. `config.json` stores the settings beside the configuration.
 *
 * @module
 */
import {
  bytes,
  checkFields,
  choice,
  defaultsOf,
  fieldsToJson,
  number,
  onOff,
  takeFields,
  type ValuesOf,
  whole,
} from "../core/fields.ts";
import { record } from "../core/json.ts";
import { TEXT_LIMITS } from "../core/text.ts";
import { configFromJson, configToJson, type TrainingConfig } from "../train/config.ts";
import { FILES, type RunFolder } from "./run_folder.ts";

/** How a run is made rather than what it makes. */
export const SETTINGS_FIELDS = {
  device: choice({
    default: "auto",
    choices: ["auto", "cpu", "gpu"],
    resumable: true,
    says: "where to compute; auto takes a GPU if there is a real one",
  }),
  threads: whole({
    default: null,
    unset: "one per core",
    from: 1,
    to: 256,
    resumable: true,
    says: "threads of the CPU engine",
  }),
  memoryLimit: bytes({
    default: null,
    unset: "4GiB; 16GiB for the images",
    resumable: true,
    says: "most memory for the CPU engine, and for the images and masks, such as 2GiB",
  }),
  gpuMemory: bytes({
    default: null,
    unset: "what the GPU has; 4GiB on an adapter in software",
    legacy: null,
    resumable: true,
    says: "most GPU memory, such as 6GiB",
  }),
  members: whole({
    default: 1,
    legacy: 1,
    from: 1,
    to: 100,
    says: "runs with seeds one after the other, whose models predict together",
  }),
  sampleImages: whole({
    default: 10,
    from: 0,
    to: 1_000_000,
    json: "samples",
    resumable: true,
    says: "validation images drawn into samples/",
  }),
  snapshotEvery: whole({
    default: null,
    unset: "ever more rarely",
    from: 0,
    to: 1_000_000,
    json: "snapshots",
    legacy: null,
    resumable: true,
    says: "draw the first validation images into snapshots/ after so many epochs each; 0: never",
  }),
  keepEvery: whole({
    default: 0,
    from: 0,
    to: 1_000_000,
    legacy: 0,
    resumable: true,
    says: "keep the model of every so many epochs in epochs/; 0: none",
  }),
  tensorboard: onOff({
    default: false,
    legacy: false,
    resumable: true,
    says: "also write the curves and the first validation images for TensorBoard",
  }),
  saveEvery: number({
    default: 10,
    from: 0,
    expected: "minutes, or 0 to save only after each epoch",
    legacy: 10,
    resumable: true,
    says: "also save inside an epoch, after so many minutes each; 0: only after each epoch",
  }),
};

/** How a run is made rather than what it makes. */
export type RunSettings = ValuesOf<typeof SETTINGS_FIELDS>;

/** Where to compute. */
export type Device = RunSettings["device"];

/** The default settings. */
export const DEFAULT_SETTINGS: RunSettings = defaultsOf(SETTINGS_FIELDS);

/**
 * Completes settings with the defaults.
 *
 * @throws {InputError} if a setting cannot be used.
 */
export function newSettings(
  given: Partial<RunSettings> = {},
  defaults: RunSettings = DEFAULT_SETTINGS,
): RunSettings {
  const settings = { ...defaults, ...given };
  checkFields(SETTINGS_FIELDS, settings);
  return settings;
}

/** What a run makes, and how. */
export interface RunConfig {
  readonly config: TrainingConfig;
  readonly settings: RunSettings;
}

/** The content of `config.json`. */
export function runConfigToJson(
  config: TrainingConfig,
  settings: RunSettings,
): Record<string, unknown> {
  return { ...configToJson(config), ...fieldsToJson(SETTINGS_FIELDS, settings) };
}

/**
 * Parses the output of {@linkcode runConfigToJson}. Files of earlier versions have fewer keys.
 *
 * @throws {InputError} for other values; the message names `source`.
 */
export function runConfigFromJson(
  json: unknown,
  source: string,
): RunConfig {
  const entries = new Map(Object.entries(record(json, source)));
  const settings = takeFields(SETTINGS_FIELDS, entries, source);
  return { config: configFromJson(Object.fromEntries(entries), source), settings };
}

/**
 * The settings in a run's folder; `undefined` without the file.
 *
 * @throws {InputError} if it is damaged.
 */
export async function savedConfig(run: RunFolder): Promise<RunConfig | undefined> {
  const json = await run.readJson(FILES.config, { limit: TEXT_LIMITS.config });
  return json === undefined ? undefined : runConfigFromJson(json, run.file(FILES.config));
}
