/**
 * Finds near duplicates among images.
 *
 * @module
 */
import { type Fingerprint, SIDE } from "./fingerprint.ts";
import { joinGroups } from "./groups.ts";
import type { Split } from "./split.ts";

/** Two images with at least this correlation are near duplicates. */
const SAME_FROM = 0.5;

/** Two near duplicates. */
export interface DuplicatePair {
  readonly a: string;
  readonly b: string;
  /** Correlation of their structures, from `SAME_FROM` to 1. */
  readonly correlation: number;
  /** The position in `a` of the point (0, 0) of `b`, in 64ths of the width and the height. */
  readonly shift: readonly [x: number, y: number];
}

/** The side of a coarse picture, in values. */
const COARSE = 16;
/** Pairs with at least this coarse correlation are compared at full resolution. */
const PROPOSED_FROM = 0.4;
/** The largest shift that is tried, in values of a fingerprint. */
const FURTHEST = 4;

/**
 * Finds the near duplicates among images, given by path. Pairs are sorted by correlation, the
 * strongest first.
 */
export function nearDuplicates(fingerprints: ReadonlyMap<string, Fingerprint>): DuplicatePair[] {
  const paths = [...fingerprints.keys()].sort();
  const fine = paths.map((path) => fingerprints.get(path)!.fine);
  const coarse = fine.map(coarseOf);
  const found: DuplicatePair[] = [];
  for (let j = 1; j < paths.length; j++) {
    for (let i = 0; i < j; i++) {
      if (dot(coarse[i], coarse[j]) < PROPOSED_FROM) continue;
      const best = bestCorrelation(fine[i], fine[j]);
      if (best.correlation >= SAME_FROM) found.push({ a: paths[i], b: paths[j], ...best });
    }
  }
  return found.sort((one, other) => other.correlation - one.correlation);
}

/** The connected groups of near duplicates. */
export function groupsOf(nearDuplicates: readonly DuplicatePair[]): string[][] {
  return joinGroups(nearDuplicates.map(({ a, b }) => [a, b]));
}

/** The images outside the training part that are near duplicates of one inside. */
export function leaksOf(split: Split, nearDuplicates: readonly DuplicatePair[]): string[] {
  const trained = new Set(split.train.map(({ image }) => image));
  const others = new Set([...split.validation, ...split.test ?? []].map(({ image }) => image));
  const leaks = nearDuplicates.flatMap(({ a, b }) =>
    [[a, b], [b, a]].filter(([one, other]) => others.has(one) && trained.has(other))
  );
  return [...new Set(leaks.map(([image]) => image))].sort();
}

/** Means of 4x4 values, scaled to unit norm. */
function coarseOf(fine: Float32Array): Float32Array {
  const coarse = new Float32Array(COARSE * COARSE);
  const cell = SIDE / COARSE;
  fine.forEach((value, i) => {
    const [y, x] = [Math.floor(i / SIDE), i % SIDE];
    coarse[Math.floor(y / cell) * COARSE + Math.floor(x / cell)] += value;
  });
  const length = Math.sqrt(dot(coarse, coarse));
  return coarse.map((value) => value / (length || 1));
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** The highest correlation over small shifts, each computed over the overlap. */
function bestCorrelation(
  a: Float32Array,
  b: Float32Array,
): Pick<DuplicatePair, "correlation" | "shift"> {
  let best = -1;
  let shift: [number, number] = [0, 0];
  for (let dy = -FURTHEST; dy <= FURTHEST; dy++) {
    for (let dx = -FURTHEST; dx <= FURTHEST; dx++) {
      const correlation = shifted(a, b, dx, dy);
      if (correlation > best) [best, shift] = [correlation, [dx, dy]];
    }
  }
  return { correlation: best, shift };
}

function shifted(a: Float32Array, b: Float32Array, dx: number, dy: number): number {
  let ab = 0, aa = 0, bb = 0;
  for (let y = Math.max(0, dy); y < Math.min(SIDE, SIDE + dy); y++) {
    const [fromA, fromB] = [y * SIDE, (y - dy) * SIDE - dx];
    for (let x = Math.max(0, dx); x < Math.min(SIDE, SIDE + dx); x++) {
      const u = a[fromA + x], v = b[fromB + x];
      ab += u * v;
      aa += u * u;
      bb += v * v;
    }
  }
  return aa * bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}
