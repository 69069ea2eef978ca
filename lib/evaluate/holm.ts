/**
 * Corrects several p for being several (Holm 1979). With 11 measures at 5 % each, one of them would
 * differ by chance in up to 43 % of all comparisons of equal models. With corrected ones, any would
 * in at most 5 %, however the measures depend on each other.
 *
 * @module
 */
import type { Difference } from "./results.ts";

/** Below this corrected p, a difference is beyond chance. */
const SIGNIFICANT = 0.05;

/**
 * The corrected p: in ascending order each is multiplied by the number of those that are not
 * smaller, and none becomes smaller than the one before it, or larger than 1.
 */
export function holm(ps: readonly number[]): number[] {
  const ascending = [...ps.keys()].sort((a, b) => ps[a] - ps[b]);
  const corrected = new Array<number>(ps.length);
  let least = 0;
  ascending.forEach((index, rank) => {
    least = Math.min(1, Math.max(least, (ps.length - rank) * ps[index]));
    corrected[index] = least;
  });
  return corrected;
}

/** Corrects all differences of all pairs together: they are one family. */
export function correctedTogether<Pair extends { readonly differences: readonly Difference[] }>(
  pairs: readonly Pair[],
): Pair[] {
  const ps = pairs.flatMap(({ differences }) => differences.map(({ p }) => p ?? null));
  const corrected = holm(ps.filter((p) => p !== null));
  const next = (p: number | null) => p === null ? null : corrected.shift()!;
  return pairs.map((pair) => ({
    ...pair,
    differences: pair.differences.map((difference) => ({
      ...difference,
      p_corrected: next(difference.p ?? null),
    })),
  }));
}

/** Whether a difference is beyond chance, all that were asked with it considered. */
export function isBeyondChance({ p_corrected: p }: Difference): boolean {
  return p !== null && p !== undefined && p < SIGNIFICANT;
}
