/**
 * The two directories of a task: `--data` with the images, `--out-dir` for everything that is
 * written. Without the second, both are one.
 *
 * @module
 */
import { Option } from "@commander-js/extra-typings";
import { DataFolder, OUTPUT } from "../../mod.ts";

/** The options as Commander gives them. */
export interface FolderOptions {
  readonly data: string;
  readonly outDir?: string | undefined;
}

/** The two open directories. */
export interface OpenFolders {
  readonly data: DataFolder;
  readonly output: DataFolder;
}

/** The text of `--data`. */
export const DATA_OPTION = [
  "--data <folder>",
  "the data directory (the tasks give DATA_DIR)",
] as const;

/** `--out-dir`. */
export function outDirOption() {
  return new Option(
    "--out-dir <folder>",
    "the directory of runs and of everything else that is written (the tasks give OUT_DIR; default: the data directory)",
  );
}

/**
 * Opens both directories. The output directory is made if it does not exist yet.
 *
 * @throws {InputError} if one of them cannot be used.
 */
export async function openFolders({ data: root, outDir }: FolderOptions): Promise<OpenFolders> {
  const data = await DataFolder.open(root);
  if (outDir === undefined || outDir === root) return { data, output: data };
  const output = await DataFolder.openOrMake(outDir, OUTPUT);
  return { data, output: output.isSameAs(data) ? data : output };
}

/**
 * Opens both directories to read in them. An output directory that does not exist yet is not made:
 * it holds nothing that could be read, so the data directory takes its place.
 *
 * @throws {InputError} if one of them cannot be used.
 */
export async function openToRead({ data: root, outDir }: FolderOptions): Promise<OpenFolders> {
  const data = await DataFolder.open(root);
  if (outDir === undefined || outDir === root) return { data, output: data };
  const output = await DataFolder.openIfThere(outDir, OUTPUT);
  return { data, output: output === undefined || output.isSameAs(data) ? data : output };
}

/** Opens the output directory alone. */
export async function openOutput({ data, outDir }: FolderOptions): Promise<DataFolder> {
  if (outDir === undefined || outDir === data) return await DataFolder.open(data);
  return await DataFolder.open(outDir, OUTPUT);
}

/** Opens the output directory; makes it first where it does not exist yet. */
export async function makeOutput({ data, outDir }: FolderOptions): Promise<DataFolder> {
  if (outDir === undefined || outDir === data) return await DataFolder.openOrMake(data);
  return await DataFolder.openOrMake(outDir, OUTPUT);
}
