/**
 * The output folder of a prediction: what may be in it, and who may write to it.
 *
 * A whole prediction holds the folder. The shards of a divided one share it: each holds its own
 * part. A shard first makes the folder of parts, then looks whether the folder is held; a whole
 * prediction first holds the folder, then looks for parts. So at least one of two sees the other.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { command, sentence, setting } from "../core/sentence.ts";
import { PARTS_FOLDER, PREDICTIONS_FILE } from "../dataset/image_files.ts";
import { Hold, lockOf } from "../store/hold.ts";
import { checkOwnFolder, OWN } from "../store/own_files.ts";
import type { FileStore, Folders } from "../store/store.ts";
import type { PredictInput } from "./inputs.ts";
import { partPath, type Shard } from "./shards.ts";

/**
 * Refuses a folder that holds an input: predicted masks must never lie among the images.
 *
 * @throws InputError that names the input.
 */
export function checkNoInput(
  { data, output = data }: Folders,
  out: string,
  images: readonly PredictInput[],
): void {
  const folder = output.resolve(out);
  const inside = images.find(({ path }) => data.resolve(path).startsWith(`${folder}/`));
  if (inside === undefined) return;
  throw new InputError(
    sentence`${setting("out", out || ".")} holds the input ${inside.path}; choose another folder,
      so that predicted masks never lie among the images`,
  );
}

/**
 * Refuses a folder that would hide images from discovery or mix with them.
 *
 * @throws InputError for a folder with files that no earlier prediction wrote, or (except for a
 *   shard) with parts that have not been merged.
 */
export async function checkOutput(output: FileStore, out: string, shard?: Shard): Promise<void> {
  const hasParts = async () => await output.kindOf(`${out}/${PARTS_FOLDER}`) === "folder";
  const isDivided = await hasParts();
  if (shard === undefined && isDivided) {
    throw new InputError(
      sentence`${setting("out", out)} holds parts of a divided prediction; merge them first
        (${command("merge")}), or remove its folder ${PARTS_FOLDER}`,
    );
  }
  if (isDivided) return await checkBesideParts(output, out);
  try {
    await checkOwnFolder(output, out, PREDICTIONS_FILE, OWN.prediction);
  } catch (error) {
    // Another shard may have begun meanwhile, and what it writes is in nobody's way.
    if (shard === undefined || !await hasParts()) throw error;
    await checkBesideParts(output, out);
  }
}

/** Beside parts, only the lists could be those of somebody else. */
async function checkBesideParts(output: FileStore, out: string): Promise<void> {
  await checkOwnFolder(output, out, PREDICTIONS_FILE, OWN.prediction, [PREDICTIONS_FILE]);
}

/**
 * Claims the folder for a prediction, or for one of its shards.
 *
 * @throws InputError if another process writes there.
 */
export async function claimOutput(output: FileStore, out: string, shard?: Shard): Promise<Hold> {
  const hold = shard === undefined ? await Hold.of(output, out, "predict") : await Hold.ofLock(
    output,
    `${partPath(out, shard)}.lock`,
    "predict",
    `part ${shard.index} of ${shard.count} in ${output.resolve(out)}`,
  );
  try {
    if (shard === undefined) await checkOutput(output, out);
    else await output.checkFree(lockOf(out), output.resolve(out));
    return hold;
  } catch (error) {
    await hold.release();
    throw error;
  }
}

/**
 * Claims the folder for a merge.
 *
 * @throws InputError if another process writes there, or predicts one of the parts.
 */
export async function claimMerge(output: FileStore, out: string): Promise<Hold> {
  const hold = await Hold.of(output, out, "merge");
  try {
    for (const { name, path } of await output.list(`${out}/${PARTS_FOLDER}`)) {
      if (name.endsWith(".lock")) await output.checkFree(path, path);
    }
    await checkBesideParts(output, out);
    return hold;
  } catch (error) {
    await hold.release();
    throw error;
  }
}
