/**
 * Chooses cases to show: the worst, some in the middle, the best, and the false alarms.
 *
 * @module
 */
import type { CaseResult } from "./results.ts";

/** The largest number of cases of each kind. */
const WORST = 12;
const MIDDLE = 6;
const BEST = 6;
const FALSE_ALARMS = 6;

/** Up to this many cases, all are shown. */
const FEW = WORST + MIDDLE + BEST;

/** Chosen cases; each is in one list at most. */
export interface ChosenCases {
  /** By ascending Dice; all are below the median of the ranks. */
  readonly worst: readonly CaseResult[];
  /** Around the median of the ranks, which is among them, by ascending Dice. */
  readonly middle: readonly CaseResult[];
  /** By descending Dice; all are above the median of the ranks. */
  readonly best: readonly CaseResult[];
  /** Lesion-free images with the largest predicted areas. */
  readonly falseAlarms: readonly CaseResult[];
}

/**
 * Chooses up to 6 cases around the median, up to 12 worst and 6 best on its two sides, and up to 6
 * false alarms. Of up to 24 cases, all are chosen: about a quarter for the middle, the others for
 * its sides. A single case is the middle one; of two, one is the worst and one the best. Among
 * equal Dice the larger HD95 is worse; then the name decides.
 */
export function chooseCases(cases: readonly CaseResult[]): ChosenCases {
  const ranked = cases.filter(({ dice }) => dice !== null).sort((a, b) =>
    a.dice! - b.dice! || (b.hd95_px ?? 0) - (a.hd95_px ?? 0) || (a.image < b.image ? -1 : 1)
  );
  const count = ranked.length;
  const middle = sizeOfMiddle(count);
  // The middle is taken first, so that the ends cannot push it to one side.
  const from = Math.ceil((count - middle) / 2);
  const above = count - from - middle;
  const alarms = cases.filter(({ kind, predicted_px }) =>
    kind === "lesion_free" && predicted_px > 0
  )
    .sort((a, b) => b.predicted_px - a.predicted_px || (a.image < b.image ? -1 : 1));
  return {
    worst: ranked.slice(0, Math.min(WORST, from)),
    middle: ranked.slice(from, from + middle),
    best: ranked.slice(count - (count <= FEW ? above : Math.min(BEST, above))).reverse(),
    falseAlarms: alarms.slice(0, FALSE_ALARMS),
  };
}

/** About a quarter of a few cases, odd or even as their number, so that both sides are equal. */
function sizeOfMiddle(count: number): number {
  if (count > FEW) return MIDDLE;
  const quarter = Math.ceil(count / 4 - 0.5);
  return (count - quarter) % 2 === 0 ? quarter : quarter + 1;
}
