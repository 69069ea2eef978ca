/**
 * Lesion-wise counts: true lesions that are found, predicted lesions that are false.
 *
 * A lesion is an 8-connected component of a mask. By any overlap, a true lesion is found when a
 * predicted pixel lies in it, and a predicted lesion is false when no true pixel lies in it. The
 * strict count needs an intersection over union of at least 0.5. No lesion can then have two
 * partners, since each would cover half of it and together they would be one component. Pairs are
 * therefore counted without a matching.
 *
 * @module
 */
import { connectedComponents } from "../image/components.ts";
import type { GreyImage } from "../image/image.ts";
import type { LesionCounts } from "./results.ts";

/** The least intersection over union of a strict pair. */
const STRICT_IOU = 0.5;

/** The names of the counts. */
export const LESION_COUNTS = [
  "truth",
  "predicted",
  "found",
  "missed",
  "false",
  "strict_found",
  "strict_missed",
  "strict_false",
] as const satisfies readonly (keyof LesionCounts)[];

/** Counts the lesions of two masks of one size; pixels other than 0 are inside. */
export function countLesions(truth: GreyImage, predicted: GreyImage): LesionCounts {
  const t = connectedComponents(truth);
  const p = connectedComponents(predicted);
  const found = new Set<number>();
  const hits = new Set<number>();
  let pairs = 0;
  for (const [key, common] of commonPixels(t.labels, p.labels, p.areas.length)) {
    const [truthLabel, predictedLabel] = labelsOf(key, p.areas.length);
    found.add(truthLabel);
    hits.add(predictedLabel);
    const union = t.areas[truthLabel - 1] + p.areas[predictedLabel - 1] - common;
    if (common >= STRICT_IOU * union) pairs++;
  }
  return {
    truth: t.areas.length,
    predicted: p.areas.length,
    found: found.size,
    missed: t.areas.length - found.size,
    false: p.areas.length - hits.size,
    strict_found: pairs,
    strict_missed: t.areas.length - pairs,
    strict_false: p.areas.length - pairs,
  };
}

/** The number of common pixels of each pair of labels, by a key for {@linkcode labelsOf}. */
function commonPixels(truth: Int32Array, predicted: Int32Array, parts: number) {
  const common = new Map<number, number>();
  for (let i = 0; i < truth.length; i++) {
    if (truth[i] === 0 || predicted[i] === 0) continue;
    const key = truth[i] * (parts + 1) + predicted[i];
    common.set(key, (common.get(key) ?? 0) + 1);
  }
  return common;
}

function labelsOf(key: number, parts: number): [truth: number, predicted: number] {
  return [Math.floor(key / (parts + 1)), key % (parts + 1)];
}
