/**
 * Merges the parts of a divided prediction. The files are equal, byte for byte, to those of one
 * process that predicts all images. Only the page is missing, which shows the images themselves.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { isSameValue } from "../core/fields.ts";
import { baseName } from "../core/paths.ts";
import { firstOf } from "../core/printable.ts";
import { sentence, setting } from "../core/sentence.ts";
import { brief } from "../core/visible.ts";
import { PARTS_FOLDER } from "../dataset/image_files.ts";
import type { FileStore } from "../store/store.ts";
import type { PredictionLists, PredictionSettings } from "./entries.ts";
import { writeLists } from "./lists.ts";
import { listsOf } from "./list_texts.ts";
import { claimMerge } from "./output.ts";
import { partFromJson } from "./part_file.ts";
import { joined, type Part, predicted } from "./shards.ts";

/** A part with the name of its file. */
interface NamedPart extends Part {
  readonly file: string;
}

/** The result of a merge. */
export interface Merged extends PredictionLists {
  readonly shards: number;
}

/** The most missing shards or files in a message. */
const NAMED = 10;

/**
 * Merges the parts in an output folder and removes them.
 *
 * @throws InputError when no part is there, when parts are missing or damaged, when their settings
 *   or images differ, and when a mask that they name is missing.
 */
export async function mergeParts(data: FileStore, folder: string): Promise<Merged> {
  const out = data.relative(folder);
  // A folder without parts is refused before a lock is made in it.
  await partPaths(data, out, folder);
  await using _hold = await claimMerge(data, out);
  const parts = await readParts(data, await partPaths(data, out, folder));
  const [first] = parts;
  checkAlike(parts);
  const missing = Array.from({ length: first.shards }, (_, k) => k + 1)
    .filter((shard) => !parts.some((part) => part.shard === shard));
  if (missing.length > 0) {
    const shards = firstOf(missing.map((shard) => `${shard}/${first.shards}`), NAMED);
    throw new InputError(
      sentence`${folder} lacks ${missing.length} of ${first.shards} parts: ${shards}; predict them
        with ${setting("shard")}, then merge again`,
    );
  }
  const results = joined(parts.map((part) => part.results));
  await checkPictures(data, out, predicted(results));
  const lists = listsOf(first.settings, first.unusable, results);
  await writeLists(data, out, lists);
  await data.remove(`${out}/${PARTS_FOLDER}`);
  return { ...lists, shards: first.shards };
}

/** The paths of the part files, at least one. `folder` is the output folder in a refusal. */
async function partPaths(data: FileStore, out: string, folder: string): Promise<string[]> {
  const inside = out === "" ? PARTS_FOLDER : `${out}/${PARTS_FOLDER}`;
  const files = await data.exists(inside) ? await data.list(inside) : [];
  const parts = files.filter(({ name }) => /^\d+-of-\d+\.json$/.test(name));
  if (parts.length === 0) {
    throw new InputError(
      sentence`there are no parts to merge in ${folder}; predict with
        ${setting("shard", "1/N")} to N/N and the same ${setting("out")} first`,
    );
  }
  return parts.map(({ path }) => path);
}

/** Reads the parts, in the order of their shards. */
async function readParts(data: FileStore, paths: readonly string[]): Promise<NamedPart[]> {
  const parts: NamedPart[] = [];
  for (const path of paths) {
    const part = partFromJson(await data.readText(path), path);
    if (baseName(path) !== `${part.shard}-of-${part.shards}.json`) {
      throw new InputError(
        `${path} holds shard ${part.shard} of ${part.shards}; give it its own name back`,
      );
    }
    parts.push({ ...part, file: path });
  }
  return parts.sort((a, b) => a.shard - b.shard);
}

/** Throws {@linkcode InputError} unless all parts belong to one prediction. */
function checkAlike(parts: readonly NamedPart[]): void {
  const [first, ...others] = parts;
  for (const other of others) {
    const both = `${first.file} and ${other.file}`;
    if (other.shards !== first.shards) {
      throw new InputError(
        `${both} are parts of ${first.shards} and of ${other.shards}; remove those of the older prediction`,
      );
    }
    const settings = { ...first.settings, ...other.settings };
    const differing = (Object.keys(settings) as (keyof PredictionSettings)[])
      .find((name) => !isSameValue(first.settings[name], other.settings[name]));
    if (differing !== undefined) {
      const [a, b] = [first, other].map(({ settings }) => shown(settings[differing]));
      throw new InputError(
        `${both} were predicted with different settings: ${differing} is ${a} and ${b}; ` +
          `predict one of them again`,
      );
    }
    if (other.list_sha256 !== first.list_sha256 || other.images !== first.images) {
      throw new InputError(
        `${both} are of different images (${first.images} and ${other.images} in all): files were added, ` +
          `removed or given otherwise in between; predict all parts again`,
      );
    }
  }
}

/** A setting in a message. */
function shown(value: unknown): string {
  return typeof value === "string" ? value : brief(JSON.stringify(value) ?? "absent");
}

async function checkPictures(
  data: FileStore,
  out: string,
  images: PredictionLists["images"],
): Promise<void> {
  const missing: string[] = [];
  for (const { mask, probability, uncertainty, overlay } of images) {
    for (const file of [mask, probability, uncertainty, overlay]) {
      if (file !== undefined && !await data.exists(`${out}/${file}`)) missing.push(file);
    }
  }
  if (missing.length > 0) {
    throw new InputError(
      `${out} lacks files that its parts name: ${
        firstOf(missing, NAMED)
      }; the shards must write into one folder`,
    );
  }
}
