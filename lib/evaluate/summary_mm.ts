/**
 * Figures in mm over the images with a lesion whose pixels have a known size.
 *
 * @module
 */
import { type BootstrapOptions, estimate, meanOf, medianOf } from "./bootstrap.ts";
import {
  type CaseResult,
  MM_MEASURES,
  type MmMeasure,
  type MmSummary,
  type Spread,
  type Summary,
} from "./results.ts";
import { spreadOf } from "./spread.ts";

/** The measures in words. */
const NAMES: Readonly<Record<MmMeasure, string>> = {
  hd95_mm: "HD95, mm",
  assd_mm: "ASSD, mm",
  area_error_mm2: "area error, mm\u00b2",
};

/**
 * The measures in mm for tables: each with its name and, where the size of the pixels is known of
 * some cases alone, with their number.
 */
export function namedMillimetres(
  { cases, per_case_mm: found }: Pick<Summary, "cases" | "per_case_mm">,
): readonly (readonly [name: string, Spread])[] {
  if (!found) return [];
  const of = found.cases < cases ? ` (of ${found.cases})` : "";
  return MM_MEASURES.map((measure) => [NAMES[measure] + of, found[measure]]);
}

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
