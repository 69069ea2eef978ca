/**
 * `measurements.csv`: one row per lesion, for spreadsheets and statistics.
 *
 * @module
 */
import { type Cell, csvText } from "../core/csv.ts";
import type { LesionEntry, PredictionEntry, PredictionSettings } from "./entries.ts";

type Columns = Readonly<Record<string, (lesion: LesionEntry, mmPerPx: number) => Cell>>;

const PIXEL_COLUMNS: Columns = {
  area_px: (lesion) => lesion.area_px,
  long_axis_px: (lesion) => tidy(lesion.long_axis_px),
  short_axis_px: (lesion) => tidy(lesion.short_axis_px),
  centre_x_px: (lesion) => tidy(lesion.centre_px[0]),
  centre_y_px: (lesion) => tidy(lesion.centre_px[1]),
  touches_border: (lesion) => lesion.touches_border,
  mean_probability: (lesion) => tidy(lesion.mean_probability),
  boundary_uncertainty_px: (lesion) => tidy(lesion.boundary_uncertainty_px),
};

/** Columns with flips, and with several models. */
const FLIP_COLUMNS: Columns = { flip_deviation: (lesion) => tidy(lesion.flip_deviation ?? null) };
const MODEL_COLUMNS: Columns = {
  model_deviation: (lesion) => tidy(lesion.model_deviation ?? null),
};

/** Columns with a known pixel size. */
const MM_COLUMNS: Columns = {
  area_mm2: (lesion, mm) => tidy(lesion.area_px * mm ** 2),
  long_axis_mm: (lesion, mm) => tidy(lesion.long_axis_px * mm),
  short_axis_mm: (lesion, mm) => tidy(lesion.short_axis_px * mm),
  boundary_uncertainty_mm: (lesion, mm) => tidy(scaled(lesion.boundary_uncertainty_px, mm)),
};

/** The text of `measurements.csv`. Numbers that are not integers have 6 significant digits. */
export function measurementsCsv(
  images: readonly PredictionEntry[],
  { tta, mm_per_px, members }: Pick<PredictionSettings, "tta" | "mm_per_px" | "members">,
): string {
  const measured = Object.entries({
    ...PIXEL_COLUMNS,
    ...(members !== undefined ? MODEL_COLUMNS : tta !== "none" && FLIP_COLUMNS),
    ...(mm_per_px !== null && MM_COLUMNS),
  });
  const rows = images.flatMap(({ input, lesions }) =>
    lesions.map((lesion, index): Readonly<Record<string, Cell>> => ({
      image: input,
      lesion: index + 1,
      ...Object.fromEntries(measured.map(([name, value]) => [name, value(lesion, mm_per_px ?? 1)])),
    }))
  );
  return csvText(["image", "lesion", ...measured.map(([name]) => name)], rows, "\r\n");
}

/** Six significant digits; an empty cell for `null`. */
function tidy(value: number | null): Cell {
  return value === null ? "" : Number(value.toPrecision(6));
}

function scaled(value: number | null, factor: number): number | null {
  return value === null ? null : value * factor;
}
