/**
 * Finds the run that was begun or resumed last, by the dates in the manifests.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { command, sentence } from "../core/sentence.ts";
import { RUNS_FOLDER } from "../dataset/image_files.ts";
import type { FileStore } from "../store/store.ts";
import { forInformation, type Warn } from "./for_information.ts";
import { manifestAt, type SavedManifest } from "./manifest.ts";
import { FILES, runNames } from "./run_folder.ts";

/** A date as `Date.toISOString()` writes it. */
const ISO_DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** How far the clock of another machine may be ahead, in ms: a day. */
const CLOCKS_APART = 24 * 60 * 60 * 1000;

/**
 * The name of the newest run that has this file; `undefined` without one. A date that is none, or
 * that is still to come, counts as unknown: the run is older than all others. `warn` gets a
 * sentence on each such run.
 */
export async function newestRunWith(
  output: FileStore,
  file: string,
  warn: Warn = () => {},
  now: number = Date.now(),
): Promise<string | undefined> {
  let newest: { name: string; started: number } | undefined;
  for (const name of await runNames(output)) {
    if (!await output.exists(`${RUNS_FOLDER}/${name}/${file}`)) continue;
    const path = `${RUNS_FOLDER}/${name}/${FILES.manifest}`;
    const manifest = await forInformation(() => manifestAt(output, path));
    const started = Date.parse(startedAt(manifest, now) ?? "");
    if (Number.isNaN(started)) {
      warn(`${path} has no date that can be right, so every other run counts as newer`);
    }
    const time = Number.isNaN(started) ? -Infinity : started;
    if (newest === undefined || time >= newest.started) newest = { name, started: time };
  }
  return newest?.name;
}

/**
 * The name of the newest run, for a command that was given none.
 *
 * @throws {InputError} if there is no run.
 */
export async function newestRun(
  output: FileStore,
  warn?: Warn,
  now?: number,
): Promise<string> {
  const name = await newestRunWith(output, FILES.config, warn, now);
  if (name !== undefined) return name;
  throw new InputError(
    sentence`there is no run in ${output.resolve(RUNS_FOLDER)} yet; begin one (${
      command("train")
    }), or set DATA_DIR, or OUT_DIR, to the folder that holds ${RUNS_FOLDER}/`,
  );
}

/** When a run was last begun or resumed, as an ISO time; `null` where that is not known. */
export function startedAt(
  manifest: SavedManifest | undefined,
  now: number = Date.now(),
): string | null {
  const started = manifest?.sessions?.at(-1)?.started;
  if (typeof started !== "string" || !ISO_DATE.test(started)) return null;
  return Date.parse(started) <= now + CLOCKS_APART ? started : null;
}
