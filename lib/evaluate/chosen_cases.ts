/**
 * Which cases are worth looking at: the worst, some in the middle, the best, and the false alarms.
 *
 * @module
 */
import type { CaseResult } from "./results.ts";

/** How many of each kind. */
const WORST = 12;
const MIDDLE = 6;
const BEST = 6;
const FALSE_ALARMS = 6;

/** Cases by what is to be seen in them; each is in one list at most. */
export interface ChosenCases {
  /** From the lowest Dice up. */
  readonly worst: readonly CaseResult[];
  /** Around the median, from the lower Dice up. */
  readonly middle: readonly CaseResult[];
  /** From the highest Dice down. */
  readonly best: readonly CaseResult[];
  /** Lesion-free images with the largest predicted areas. */
  readonly falseAlarms: readonly CaseResult[];
}

/**
 * Chooses 12 of the worst, 6 middle, 6 best cases, and up to 6 false alarms. Of fewer than 24 cases
 * half are the worst, a quarter the best. Among equals the farther outline (HD95) is worse, then
 * the name decides.
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
  // The middle begins where the worst end, at the earliest; then it ends before the best, too.
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
