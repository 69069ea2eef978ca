/**
 * Groups of runs: `NAME-1`, `NAME-2`, ... are trained alike, with other seeds, and predict together
 * under the name `NAME`. The settings of the first say how many they are.
 *
 * @module
 */
import { RUNS_FOLDER } from "../dataset/image_files.ts";
import type { FileStore } from "../store/store.ts";
import { forInformation } from "./for_information.ts";
import { RunFolder } from "./run_folder.ts";
import { isName, plainName } from "./run_name.ts";
import { savedConfig } from "./run_settings.ts";

/** A group of runs. */
export interface RunGroup {
  readonly name: string;
  /** The names of its runs, those that are still to begin among them. */
  readonly members: readonly string[];
}

/** A group of this many runs. */
export function groupOf(name: string, members: number): RunGroup {
  return { name, members: Array.from({ length: members }, (_, k) => `${name}-${k + 1}`) };
}

/** The group of a name; `undefined` where the settings of `NAME-1` tell of none. */
export async function readGroup(output: FileStore, named: string): Promise<RunGroup | undefined> {
  const name = plainName(named);
  const first = `${name}-1`;
  if (!isName(first) || await output.kindOf(`${RUNS_FOLDER}/${first}`) !== "folder") {
    return undefined;
  }
  const members = await membersOf(await RunFolder.folderOf(output, first));
  return members > 1 ? groupOf(name, members) : undefined;
}

/** The group that a run belongs to; `undefined` for a single run. */
export async function groupOfRun(output: FileStore, run: string): Promise<RunGroup | undefined> {
  const [, name] = /^(.+)-[1-9]\d*$/.exec(run) ?? [];
  const group = name === undefined ? undefined : await readGroup(output, name);
  return group?.members.includes(run) ? group : undefined;
}

/** How many runs the settings of a run speak of. Damaged settings speak of one. */
async function membersOf(run: RunFolder): Promise<number> {
  return (await forInformation(() => savedConfig(run)))?.settings.members ?? 1;
}
