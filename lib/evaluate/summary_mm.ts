/**
 * Figures in mm over the images with a lesion whose pixels have a known size.
 *
 * @module
 */
import { type BootstrapOptions, estimate, meanOf, medianOf } from "./bootstrap.ts";
import { type CaseResult, MM_MEASURES, type MmMeasure, type MmSummary } from "./results.ts";
import { spreadOf } from "./spread.ts";

/** The measures in words. */
export const MM_NAMES: Readonly<Record<MmMeasure, string>> = {
  hd95_mm: "HD95, mm",
  assd_mm: "ASSD, mm",
  area_error_mm2: "area error, mm\u00b2",
};

/** Sums up the measures in mm of images with a lesion; `undefined` where none has them. */
export function summariseMillimetres(
  cases: readonly CaseResult[],
  options: BootstrapOptions,
): MmSummary | undefined {
  const known = cases.flatMap(({ group, millimetres }) =>
    millimetres ? [{ group, millimetres }] : []
  );
  if (known.length === 0) return undefined;
  const groups = known.map(({ group }) => group);
  const spreads = MM_MEASURES.map((measure) => {
    const values = known.map(({ millimetres }) => millimetres[measure]!);
    const found = estimate(groups, { mean: meanOf(values), median: medianOf(values) }, options);
    return [measure, spreadOf(found, values)] as const;
  });
  return { cases: known.length, ...Object.fromEntries(spreads) } as MmSummary;
}
