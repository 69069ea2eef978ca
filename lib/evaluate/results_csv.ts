/**
 * `metrics.csv`: one row per image, for a spreadsheet.
 *
 * @module
 */
import { csvText } from "../core/csv.ts";
import { LESION_COUNTS } from "./lesions.ts";
import type { CaseResult, EvaluationResults } from "./results.ts";

const MEASURES: readonly Exclude<keyof CaseResult, "lesions">[] = [
  "image",
  "kind",
  "class",
  "group",
  "size_group",
  "width",
  "height",
  "truth_px",
  "predicted_px",
  "intersection_px",
  "area_error_px",
  "area_error",
  "abs_area_error",
  "dice",
  "iou",
  "precision",
  "recall",
  "hd95_px",
  "assd_px",
  "resized_masks",
];

/** The columns that are repeated for the second model. */
const AGAINST = ["predicted_px", "dice", "iou", "hd95_px", "assd_px"] as const;

/** The columns of every table. */
export const METRICS_COLUMNS: readonly string[] = [
  ...MEASURES,
  ...LESION_COUNTS.map((name) => `lesions_${name}`),
];

/** The columns for a second model. */
export const AGAINST_COLUMNS: readonly string[] = AGAINST.map((name) => `against_${name}`);

/** The text of `metrics.csv`. A cell is empty when there is nothing to measure. */
export function resultsToCsv({ cases, against }: EvaluationResults): string {
  const rows = cases.map((result, index) => {
    const other = against?.cases[index];
    return Object.fromEntries([
      ...MEASURES.map((name) => [name, result[name] ?? ""]),
      ...LESION_COUNTS.map((name) => [`lesions_${name}`, result.lesions[name]]),
      ...AGAINST.map((name) => [`against_${name}`, other?.[name] ?? ""]),
    ]);
  });
  const columns = [...METRICS_COLUMNS, ...(against ? AGAINST_COLUMNS : [])];
  return csvText(columns, rows);
}
