/**
 * Chooses cases to show: the worst, some in the middle, the best, and the false alarms.
 *
 * @module
 */
import type { CaseResult } from "./results.ts";

/** The number of cases of each kind. */
const WORST = 12;
const MIDDLE = 6;
const BEST = 6;
const FALSE_ALARMS = 6;

/** Chosen cases; each is in one list at most. */
export interface ChosenCases {
  /** By ascending Dice. */
  readonly worst: readonly CaseResult[];
  /** Around the median, by ascending Dice. */
  readonly middle: readonly CaseResult[];
  /** By descending Dice. */
  readonly best: readonly CaseResult[];
  /** Lesion-free images with the largest predicted areas. */
  readonly falseAlarms: readonly CaseResult[];
}

/**
 * Chooses the 12 worst, 6 middle and 6 best cases, and up to 6 false alarms. Of fewer than 24 cases
 * half are the worst and a quarter the best. Among equal Dice the larger HD95 is worse; then the
 * name decides.
 */
export function chooseCases(cases: readonly CaseResult[]): ChosenCases {
  const ranked = cases.filter(({ dice }) => dice !== null).sort((a, b) =>
    a.dice! - b.dice! || (b.hd95_px ?? 0) - (a.hd95_px ?? 0) || (a.image < b.image ? -1 : 1)
  );
  const count = ranked.length;
  const few = count < WORST + MIDDLE + BEST;
  const worst = few ? Math.ceil(count / 2) : WORST;
  const best = few ? Math.floor(count / 4) : BEST;
  const middle = few ? count - worst - best : MIDDLE;
  const from = few ? worst : Math.round((count - middle) / 2);
  // The middle overlaps neither the worst nor the best.
  const start = Math.max(from, worst);
  const alarms = cases.filter(({ kind, predicted_px }) =>
    kind === "lesion_free" && predicted_px > 0
  )
    .sort((a, b) => b.predicted_px - a.predicted_px || (a.image < b.image ? -1 : 1));
  return {
    worst: ranked.slice(0, worst),
    middle: ranked.slice(start, start + middle),
    best: ranked.slice(count - best).reverse(),
    falseAlarms: alarms.slice(0, FALSE_ALARMS),
  };
}
