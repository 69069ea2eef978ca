/**
 * The card in every saved model: the version of Sonoseg, the numbers of images, and a test vector
 * with which another machine can be compared with the one that trained the model.
 *
 * The card names no person and no file.
 *
 * @module
 */
import { formerly, object, oneOf, optional, table, text, whole } from "../core/json.ts";
import { type BitsInUse, DEPTHS } from "../image/depth.ts";
import type { SampleSet } from "../dataset/samples.ts";
import type { Predictor } from "../engine/engine.ts";
import { type Choice, choiceReader } from "./choice.ts";
import {
  compareLogits,
  type LogitComparison,
  testImage,
  type TestVector,
  testVector,
} from "./test_vector.ts";

/** Counts of the images in one part of the data. */
export interface PartCounts {
  readonly images: number;
  /** Mask files; an image may have none or several. */
  readonly masks: number;
  /** Images without a lesion. */
  readonly lesion_free: number;
}

/** The card of a model. */
export interface ModelCard {
  /** The version of Sonoseg that saved the model. */
  readonly version: string;
  /** Counts by part: `train`, `validation`, `test`. */
  readonly data: Readonly<Record<string, PartCounts>>;
  readonly testVector: TestVector;
  /** The bits by which 16-bit images became grey; absent when there were none. */
  readonly bitsInUse?: BitsInUse;
  /** What the validation images chose; in the model that a run keeps, once it is finished. */
  readonly choice?: Choice;
}

/** Counts the images of a part. */
export function partCounts({ samples }: Pick<SampleSet, "samples">): PartCounts {
  return {
    images: samples.length,
    masks: samples.reduce((sum, { masks }) => sum + masks.length, 0),
    lesion_free: samples.filter(({ lesion }) => !lesion).length,
  };
}

/** The card as entries of a file. */
export function cardToJson(card: ModelCard): Record<string, unknown> {
  const { version, data, testVector, bitsInUse, choice } = card;
  return {
    version,
    data,
    test_vector: testVector,
    ...(bitsInUse && { bits_in_use: bitsInUse }),
    ...(choice && { choice }),
  };
}

const partReader = formerly(
  { lesion_free: "normals" },
  object<PartCounts>({ images: whole(), masks: whole(), lesion_free: whole() }),
);

interface CardEntries extends Pick<ModelCard, "version" | "data"> {
  readonly test_vector: TestVector;
  readonly bits_in_use?: BitsInUse;
  readonly choice?: Choice;
}

const cardReader = object<CardEntries>({
  version: text,
  data: table(partReader),
  test_vector: testVector,
  bits_in_use: optional(oneOf(...DEPTHS)),
  choice: optional(choiceReader),
});

/**
 * Reads the entries of {@linkcode cardToJson}; `undefined` without them, as in files of format 1.
 * Throws {@linkcode InputError} that names the entry.
 */
export function cardFromJson(about: Record<string, unknown>): ModelCard | undefined {
  if (["version", "data", "test_vector"].every((key) => about[key] === undefined)) return undefined;
  const { version, data, test_vector, bits_in_use: bitsInUse, choice } = cardReader(about);
  return {
    version,
    data: about.format === 2 ? withValidation(data) : data,
    testVector: test_vector,
    ...(bitsInUse && { bitsInUse }),
    ...(choice && { choice }),
  };
}

/** Renames the part `test` to `validation`: with two parts, format 2 used that name for it. */
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
