/**
 * `measurements.csv`: one row per lesion, for spreadsheets and statistics.
 *
 * @module
 */
import { type Cell, csvText } from "../core/csv.ts";
import type { LesionEntry, PredictionEntry, PredictionSettings } from "./entries.ts";

type Columns = Readonly<Record<string, (lesion: LesionEntry) => Cell>>;

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
const FLIP_COLUMNS: Columns = { flip_deviation: (lesion) => tidy(lesion.flip_deviation) };
const MODEL_COLUMNS: Columns = {
  model_deviation: (lesion) => tidy(lesion.model_deviation),
};

/** Columns where the size of a pixel is known of any image. */
const MM_COLUMNS: Columns = {
  area_mm2: (lesion) => tidy(lesion.area_mm2),
  long_axis_mm: (lesion) => tidy(lesion.long_axis_mm),
  short_axis_mm: (lesion) => tidy(lesion.short_axis_mm),
  boundary_uncertainty_mm: (lesion) => tidy(lesion.boundary_uncertainty_mm),
};

/** The text of `measurements.csv`. Numbers that are not integers have 6 significant digits. */
export function measurementsCsv(
  images: readonly PredictionEntry[],
  { tta, mm_per_px, members }: Pick<PredictionSettings, "tta" | "mm_per_px" | "members">,
): string {
  const isMeasuredInMm = mm_per_px !== null ||
    images.some((image) => image.mm_per_px !== undefined);
  const measured = Object.entries({
    ...PIXEL_COLUMNS,
    ...(members !== undefined ? MODEL_COLUMNS : tta !== "none" && FLIP_COLUMNS),
    ...(isMeasuredInMm && MM_COLUMNS),
  });
  const rows = images.flatMap(({ input, lesions }) =>
    lesions.map((lesion, index): Readonly<Record<string, Cell>> => ({
      image: input,
      lesion: index + 1,
      ...Object.fromEntries(measured.map(([name, value]) => [name, value(lesion)])),
    }))
  );
  return csvText(["image", "lesion", ...measured.map(([name]) => name)], rows, "\r\n");
}

/** Six significant digits; an empty cell where there is no value. */
function tidy(value: number | null | undefined): Cell {
  return value === null || value === undefined ? "" : Number(value.toPrecision(6));
}
