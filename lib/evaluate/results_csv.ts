/**
 * `metrics.csv`: one row per image, for a spreadsheet.
 *
 * @module
 */
import { csvText } from "../core/csv.ts";
import { spacingOf } from "../image/spacing.ts";
import { LESION_COUNTS } from "./lesions.ts";
import type { CaseResult, EvaluationResults } from "./results.ts";

const MEASURES: readonly Exclude<keyof CaseResult, "lesions" | "millimetres">[] = [
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

/** The measures in mm, where the size of the pixels is known of any image. */
const MILLIMETRES = ["truth_mm2", "predicted_mm2", "area_error_mm2", "hd95_mm", "assd_mm"] as const;
const AGAINST_MILLIMETRES = ["predicted_mm2", "hd95_mm", "assd_mm"] as const;

/** The columns of every table. */
export const METRICS_COLUMNS: readonly string[] = [
  ...MEASURES,
  ...LESION_COUNTS.map((name) => `lesions_${name}`),
];

/** The columns for a second model. */
export const AGAINST_COLUMNS: readonly string[] = AGAINST.map((name) => `against_${name}`);

/** The columns in mm, of the model and of a second one. */
export const MM_COLUMNS: readonly string[] = ["mm_per_px_x", "mm_per_px_y", ...MILLIMETRES];
export const AGAINST_MM_COLUMNS: readonly string[] = AGAINST_MILLIMETRES.map((name) =>
  `against_${name}`
);

/** The text of `metrics.csv`. A cell is empty when there is nothing to measure. */
export function resultsToCsv({ cases, against }: EvaluationResults): string {
  const rows = cases.map((result, index) => {
    const other = against?.cases[index];
    const { millimetres } = result;
    const spacing = millimetres && spacingOf(millimetres.mm_per_px);
    return Object.fromEntries([
      ...MEASURES.map((name) => [name, result[name] ?? ""]),
      ...LESION_COUNTS.map((name) => [`lesions_${name}`, result.lesions[name]]),
      ["mm_per_px_x", spacing?.x ?? ""],
      ["mm_per_px_y", spacing?.y ?? ""],
      ...MILLIMETRES.map((name) => [name, millimetres?.[name] ?? ""]),
      ...AGAINST.map((name) => [`against_${name}`, other?.[name] ?? ""]),
      ...AGAINST_MILLIMETRES.map((name) => [`against_${name}`, other?.millimetres?.[name] ?? ""]),
    ]);
  });
  const isInMm = cases.some(({ millimetres }) => millimetres !== undefined);
  const columns = [
    ...METRICS_COLUMNS,
    ...(isInMm ? MM_COLUMNS : []),
    ...(against ? AGAINST_COLUMNS : []),
    ...(against && isInMm ? AGAINST_MM_COLUMNS : []),
  ];
  return csvText(columns, rows);
}
