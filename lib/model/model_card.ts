/**
 * The card that every saved model carries beside its configuration: which version made it, from how
 * many images, how well it did, and a test vector with which any machine can be held against the
 * one that trained it.
 *
 * There is no name in it, neither of a person nor of a file.
 *
 * @module
 */
import { formerly, object, table, text, whole } from "../core/json.ts";
import type { SampleSet } from "../dataset/samples.ts";
import type { Predictor } from "../engine/engine.ts";
import {
  compareLogits,
  type LogitComparison,
  testImage,
  type TestVector,
  testVector,
} from "./test_vector.ts";

/** How many images one part of the data has. */
export interface PartCounts {
  readonly images: number;
  /** Mask files; an image may have several, or none. */
  readonly masks: number;
  /** Images without a lesion. */
  readonly lesion_free: number;
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
    lesion_free: samples.filter(({ lesion }) => !lesion).length,
  };
}

/** The card's entries in a file. */
export function cardToJson({ version, data, testVector }: ModelCard): Record<string, unknown> {
  return { version, data, test_vector: testVector };
}

const partReader = formerly(
  { lesion_free: "normals" },
  object<PartCounts>({ images: whole(), masks: whole(), lesion_free: whole() }),
);

const cardReader = object<Pick<ModelCard, "version" | "data"> & { test_vector: TestVector }>({
  version: text,
  data: table(partReader),
  test_vector: testVector,
});

/**
 * Reads the entries of {@linkcode cardToJson}; `undefined` where there is none, as in files of
 * format 1. Throws {@linkcode InputError} naming what is wrong.
 */
export function cardFromJson(about: Record<string, unknown>): ModelCard | undefined {
  if (["version", "data", "test_vector"].every((key) => about[key] === undefined)) return undefined;
  const { version, data, test_vector } = cardReader(about);
  return {
    version,
    data: about.format === 2 ? withValidation(data) : data,
    testVector: test_vector,
  };
}

/** Of two parts, files of format 2 call the one that selects the best epoch `test`. */
function withValidation({ test, ...parts }: ModelCard["data"]): ModelCard["data"] {
  if (test === undefined) return parts;
  return parts.validation === undefined ? { ...parts, validation: test } : { ...parts, test };
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
