/**
 * Claims the folder of a run: from its first moment to its end one process alone writes there.
 *
 * A name is claimed by making its folder, which only one process can do, before anything is read. A
 * claim that fails later, before anything was written, removes the folder again. A process that was
 * killed by then leaves a folder with nothing but a lock; the next training removes it.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { RUNS_FOLDER } from "../dataset/image_files.ts";
import { Hold, lockOf } from "../store/hold.ts";
import type { FileStore } from "../store/store.ts";
import { RunFolder, runNames } from "./run_folder.ts";
import { checkName, dateName } from "./run_name.ts";

/** A run that this process alone writes to. */
export interface ClaimedRun {
  readonly run: RunFolder;
  readonly hold: Hold;
}

/** The name of a new run: the given one, or the first free one of `freeName`, `freeName`-2, ... */
export interface NewName {
  readonly name?: string | undefined;
  /** By default the date and time. */
  readonly freeName?: string | undefined;
}

/**
 * Claims a new run.
 *
 * @throws {InputError} if the name is not a valid folder name, or is taken.
 */
export async function claimNew(store: FileStore, { name, freeName }: NewName): Promise<ClaimedRun> {
  if (name?.startsWith("-")) {
    throw new InputError(
      `"${name}" cannot name a run: the other commands would take it for an option; expected a ` +
        `name that does not begin with "-"`,
    );
  }
  await removeAbandoned(store);
  if (name !== undefined) return await claimName(store, name);
  const first = freeName ?? dateName(new Date());
  checkName(first);
  for (let number = 1;; number++) {
    const free = number === 1 ? first : `${first}-${number}`;
    const hold = await Hold.ofNew(store, `${RUNS_FOLDER}/${free}`, "train");
    if (hold !== undefined) return { run: await RunFolder.fresh(store, free), hold };
  }
}

async function claimName(store: FileStore, name: string): Promise<ClaimedRun> {
  const { path } = await RunFolder.fresh(store, name);
  // A folder that is there already holds nothing. Its lock tells whether it is another's.
  const hold = await Hold.ofNew(store, path, "train") ?? await Hold.of(store, path, "train");
  try {
    return { run: await RunFolder.fresh(store, name), hold };
  } catch (error) {
    await hold.release();
    throw error;
  }
}

/**
 * Claims a run that exists.
 *
 * @throws {InputError} if it has no checkpoint, or another process writes to it.
 */
export async function claimExisting(
  store: FileStore,
  name: string,
  doing: string,
): Promise<ClaimedRun> {
  const run = await RunFolder.existing(store, name);
  return { run, hold: await Hold.of(store, run.path, doing) };
}

/** Removes the folders of runs that were killed before anything was written. */
async function removeAbandoned(store: FileStore): Promise<void> {
  for (const name of await runNames(store)) {
    const path = `${RUNS_FOLDER}/${name}`;
    try {
      if (!await store.exists(lockOf(path)) || (await store.list(path)).length > 1) continue;
      await store.checkFree(lockOf(path), path);
      await (await Hold.of(store, path, "train")).release();
      await store.removeIfEmpty(path);
    } catch (error) {
      // Another process is at work there, or it is no folder of ours.
      if (!(error instanceof InputError)) throw error;
    }
  }
}
