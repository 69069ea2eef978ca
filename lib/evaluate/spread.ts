/**
 * Mean, median and standard deviation of a measure over images.
 *
 * @module
 */
import { mean } from "../core/statistics.ts";
import type { Estimate, Spread } from "./results.ts";

/** The spread of values, of whose mean and median the intervals are estimated. */
export function spreadOf(
  { mean, median }: Pick<Spread, "mean" | "median">,
  values: readonly number[],
): Spread {
  // A median may repeat in all draws though the values differ.
  const isConstant = mean.low === mean.high;
  return {
    mean: withWidth(mean),
    median: isConstant ? withWidth(median) : median,
    std: standardDeviation(values),
  };
}

/**
 * Values that are all equal give the bootstrap nothing to tell by: no interval, not one of no
 * width.
 */
export function withWidth(found: Estimate): Estimate {
  return found.low === found.high ? { ...found, low: null, high: null } : found;
}

/** The sample standard deviation (n - 1); `null` for fewer than two values. */
function standardDeviation(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const centre = mean(values)!;
  const squares = values.reduce((total, value) => total + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
