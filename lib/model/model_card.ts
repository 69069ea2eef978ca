/**
 * The card that every saved model carries beside its configuration: which version made it, from how many images, how
 * well it did, and a test vector with which any machine can be held against the one that trained it.
 *
 * There is no name in it, neither of a person nor of a file.
 *
 * @module
 */
import type { SampleSet } from "../dataset/samples.ts";
import type { Predictor } from "../engine/engine.ts";
import { InputError } from "../core/errors.ts";
import { record } from "../core/json.ts";
import {
  compareLogits,
  type LogitComparison,
  testImage,
  type TestVector,
  testVectorFromJson,
} from "./test_vector.ts";

/** How many images one part of the data has. */
export interface PartCounts {
  readonly images: number;
  /** Mask files; an image may have several, or none. */
  readonly masks: number;
  /** Images without a lesion. */
  readonly normals: number;
}

/** What is known of a model besides its configuration and its figures. */
export interface ModelCard {
  /** Of Sonoseg, when the model was saved. */
  readonly version: string;
  /** By the name of the part: `train`, `validation`, `test`. */
  readonly data: Readonly<Record<string, PartCounts>>;
  readonly testVector: TestVector;
}

/** The counts of a part. */
export function partCounts({ samples }: Pick<SampleSet, "samples">): PartCounts {
  return {
    images: samples.length,
    masks: samples.reduce((sum, { masks }) => sum + masks.length, 0),
    normals: samples.filter(({ lesion }) => !lesion).length,
  };
}

/** The images that chose the model's epoch; `test` where no card says so. */
export function judgeOf(card: ModelCard | undefined): "validation" | "test" {
  return card?.data.validation ? "validation" : "test";
}

/** The card's entries in a file. */
export function cardToJson({ version, data, testVector }: ModelCard): Record<string, unknown> {
  return { version, data, test_vector: testVector };
}

/**
 * Reads the entries of {@linkcode cardToJson}; `undefined` where there is none, as in files of format 1. Throws
 * {@linkcode InputError} naming what is wrong.
 */
export function cardFromJson(about: Record<string, unknown>): ModelCard | undefined {
  const { version, data, test_vector: testVector } = about;
  if (version === undefined && data === undefined && testVector === undefined) return undefined;
  if (typeof version !== "string") throw new InputError("its version is no text");
  const parts = Object.entries(record(data, "its summary of the data")).map(([name, part]) => {
    const { images, masks, normals } = record(part, `its summary of the part ${name}`);
    for (const count of [images, masks, normals]) {
      if (!Number.isSafeInteger(count) || (count as number) < 0) {
        throw new InputError(`a count of the part ${name} is no whole number`);
      }
    }
    return [name, { images, masks, normals } as PartCounts] as const;
  });
  return {
    version,
    data: Object.fromEntries(parts),
    testVector: testVectorFromJson(testVector),
  };
}

/** Runs a model's test vector on a predictor for one image of the network's size. */
export async function checkTestVector(
  predictor: Pick<Predictor, "run">,
  vector: TestVector,
  size: { readonly width: number; readonly height: number },
): Promise<LogitComparison> {
  const logits = await predictor.run(testImage(size.width, size.height, vector.seed), 1);
  return compareLogits(vector, logits, size);
}
