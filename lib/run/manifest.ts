/**
 * `manifest.json`: with what a run was made. Times, versions and devices are here and nowhere else,
 * so that the other files of equal runs are equal.
 *
 * @module
 */
import { VERSION } from "../core/version.ts";
import type { DatasetCounts } from "../dataset/samples.ts";
import type { Engine } from "../engine/engine.ts";
import type { InputHashes } from "./inputs.ts";

/** One start of a run: its first, or one of its resumptions. */
export interface Session {
  /** ISO time. */
  readonly started: string;
  /** Finished epochs at the start. */
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
  /** What the run began with, when it was not fresh weights. */
  readonly weights?: { readonly file: string; readonly sha256: string };
  readonly sessions: readonly Session[];
  /** What was found in the images and masks, counted. */
  readonly dataset?: Readonly<Record<string, number>>;
  /** SHA-256 of every image and mask. */
  readonly inputs: InputHashes;
}

/** The counts of a data set under the names that they have in the file. */
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

/** This start of the program. */
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

/**
 * The engine that a run was computed with so far, in words, if it rounds differently from this one:
 * the CPU, and each adapter of a GPU, adds in an order of its own, at any number of threads.
 */
export function otherEngineOf(manifest: unknown, engine: Engine): string | undefined {
  const last = earlierOf(manifest).sessions.at(-1);
  if (
    !last ||
    last.engine === engine.name && (engine.name === "cpu" || last.adapter === engine.adapter)
  ) {
    return undefined;
  }
  return `${last.engine}, ${last.adapter}`;
}

/** The sessions and the model in a manifest that was read, as far as it has any. */
export function earlierOf(manifest: unknown): Pick<Manifest, "sessions" | "weights"> {
  const { sessions, weights } = (manifest ?? {}) as Partial<Manifest>;
  return {
    sessions: Array.isArray(sessions) ? sessions : [],
    ...(weights !== undefined && { weights }),
  };
}
