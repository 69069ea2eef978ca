/**
 * `manifest.json`: versions, devices and times of a run. They are stored here alone, so that the
 * other files of equal runs are equal.
 *
 * @module
 */
import { naming } from "../core/errors.ts";
import {
  list,
  number,
  object,
  optional,
  parseJson,
  type Reader,
  table,
  text,
} from "../core/json.ts";
import { VERSION } from "../core/version.ts";
import type { DatasetCounts } from "../dataset/samples.ts";
import type { Engine } from "../engine/engine.ts";
import type { FileReader } from "../store/store.ts";
import type { InputHashes } from "./inputs.ts";
import { FILES, type RunFolder } from "./run_folder.ts";

/** One start of a run: its first, or one of its resumptions. */
export interface Session {
  /** ISO time. */
  readonly started: string;
  /** The number of finished epochs at the start. */
  readonly from_epoch: number;
  readonly sonoseg: string;
  readonly deno: string;
  readonly v8: string;
  readonly typescript: string;
  readonly platform: string;
  readonly engine: string;
  readonly adapter: string;
  readonly cores: number;
}

/** The whole file. */
export interface Manifest {
  /** The model file that the run began with; absent for fresh weights. */
  readonly weights?: { readonly file: string; readonly sha256: string };
  readonly sessions: readonly Session[];
  /** Counts of images and masks. */
  readonly dataset?: Readonly<Record<string, number>>;
  /** SHA-256 of every image and mask. */
  readonly inputs: InputHashes;
}

/** The counts of a data set under their names in the file. */
export function datasetToJson(counts: DatasetCounts): NonNullable<Manifest["dataset"]> {
  return {
    images: counts.images,
    masks: counts.masks,
    images_with_several_masks: counts.withSeveralMasks,
    images_without_lesion: counts.lesionFree,
    images_in_colour: counts.colour,
    masks_with_soft_edges: counts.softEdged,
    masks_covering_their_image: counts.full,
    masks_with_other_grey_levels: counts.rescaled.length,
  };
}

/** Describes this start of the program. */
export function thisSession(engine: Engine, fromEpoch: number): Session {
  return {
    started: new Date().toISOString(),
    from_epoch: fromEpoch,
    sonoseg: VERSION,
    ...Deno.version,
    platform: `${Deno.build.os} ${Deno.build.arch}`,
    engine: engine.name,
    adapter: engine.adapter,
    cores: navigator.hardwareConcurrency,
  };
}

/** A session as a file has it. Versions differ in the values that they record. */
type SavedSession = Readonly<Partial<Record<keyof Session, string | number>>>;

/** What a manifest tells, as far as it has it. */
export interface SavedManifest extends Partial<Pick<Manifest, "weights" | "dataset" | "inputs">> {
  readonly sessions?: readonly SavedSession[];
}

const word: Reader<string | number> = (json, at) =>
  typeof json === "string" ? json : number(json, at);

const manifestReader = object<SavedManifest>({
  weights: optional(object({ file: text, sha256: text })),
  sessions: optional(list(table(word))),
  dataset: optional(table(number)),
  inputs: optional(table(text)),
});

/**
 * The manifest of a run; empty where it has none.
 *
 * @throws {InputError} if the file is damaged.
 */
export async function readManifest(run: RunFolder): Promise<SavedManifest> {
  const json = await run.readJson(FILES.manifest);
  return json === undefined ? {} : manifestFromJson(json, run.file(FILES.manifest));
}

/**
 * The manifest at a path.
 *
 * @throws {InputError} if the file is missing or damaged.
 */
export async function manifestAt(files: FileReader, path: string): Promise<SavedManifest> {
  return manifestFromJson(parseJson(await files.readText(path), path), path);
}

/** Checks a manifest. Throws {@linkcode InputError} that names the file. */
function manifestFromJson(json: unknown, name: string): SavedManifest {
  return naming(name, () => manifestReader(json));
}

/**
 * The engine of the last session, in words, if it rounds differently from `engine`; else
 * `undefined`. The CPU and each GPU adapter add in their own order; the number of threads has no
 * influence.
 */
export function otherEngineOf(
  { sessions = [] }: SavedManifest,
  engine: Engine,
): string | undefined {
  const last = sessions.at(-1);
  if (
    !last ||
    last.engine === engine.name && (engine.name === "cpu" || last.adapter === engine.adapter)
  ) {
    return undefined;
  }
  return `${last.engine}, ${last.adapter}`;
}
