/**
 * The content of `predictions.json`: the settings, then each image with its lesions. `coco.json`
 * and `measurements.csv` are made from these entries alone, so that the parts of a divided
 * prediction can be merged without the images.
 *
 * @module
 */
import { RESEARCH_ONLY } from "../core/version.ts";
import type { Box, Ring } from "../image/contours.ts";
import type { Fit } from "../image/fit.ts";
import { type MmPerPx, mmPerPxOf } from "../image/spacing.ts";
import type { TtaMode } from "../model/choice.ts";
import type { Lesion } from "./lesions.ts";
import type { Millimetres } from "./millimetres.ts";
import { leastPixels, type Prediction } from "./predict_image.ts";

/** One of several models that predict together. */
export interface MemberSettings {
  readonly model: string;
  readonly model_sha256: string;
  readonly network_width: number;
  readonly network_height: number;
  readonly fit: Fit;
  readonly mean: number;
  readonly std: number;
}

/** The head of `predictions.json`: all that a prediction depends on besides the image. */
export interface PredictionSettings {
  /** The version of Sonoseg. */
  readonly sonoseg: string;
  /** Relative to the data directory. */
  readonly model: string;
  /** The SHA-256 of the model file, in hexadecimal. */
  readonly model_sha256: string;
  readonly engine: string;
  readonly threshold: number;
  readonly network_width: number;
  readonly network_height: number;
  readonly fit: Fit;
  readonly mean: number;
  readonly std: number;
  readonly tta: TtaMode;
  readonly min_area_px: number;
  /** The least area of a lesion as a share of its image, where validation chose it. */
  readonly min_area_share?: number | undefined;
  readonly keep_largest: boolean;
  /** The size of a pixel that was given for all images; each image has its own. */
  readonly mm_per_px: MmPerPx | null;
  /** The table of spacings, where one was given, and the SHA-256 of its bytes. */
  readonly spacings?: string | undefined;
  readonly spacings_sha256?: string | undefined;
  /** Every model, where several predict together; the fields above are those of the first. */
  readonly members?: readonly MemberSettings[] | undefined;
}

/** The least area of a lesion that is kept in an image, px. */
export function leastAreaOf(
  { min_area_px, min_area_share }: PredictionSettings,
  { width, height }: { readonly width: number; readonly height: number },
): number {
  return min_area_share === undefined ? min_area_px : leastPixels(min_area_share, width * height);
}

/**
 * One lesion in `predictions.json`: lengths in px, points `[x, y]` from the image's top left
 * corner. What is in mm is there where the size of a pixel is known.
 */
export interface LesionEntry {
  readonly area_px: number;
  readonly long_axis_px: number;
  readonly short_axis_px: number;
  readonly centre_px: readonly [number, number];
  /** x, y, width, height. */
  readonly box_px: readonly [number, number, number, number];
  readonly touches_border: boolean;
  readonly mean_probability: number;
  readonly boundary_uncertainty_px: number | null;
  readonly area_mm2?: number | undefined;
  readonly long_axis_mm?: number | undefined;
  readonly short_axis_mm?: number | undefined;
  readonly boundary_uncertainty_mm?: number | null | undefined;
  readonly flip_deviation?: number;
  readonly model_deviation?: number;
  /** Rings of pixel corners that enclose the lesion's pixels by the even-odd rule. */
  readonly polygons: readonly Ring[];
}

/** One image in `predictions.json`. */
export interface PredictionEntry {
  readonly input: string;
  readonly width: number;
  readonly height: number;
  /** The size of a pixel, where it is known. */
  readonly mm_per_px?: MmPerPx | undefined;
  readonly area_px: number;
  readonly mean_probability: number | null;
  /** Absent in parts that earlier versions wrote. */
  readonly highest_probability?: number | undefined;
  readonly mask: string;
  readonly probability: string;
  readonly uncertainty?: string;
  readonly overlay: string;
  readonly lesions: readonly LesionEntry[];
}

/**
 * The entry of an image. `stem` is the path of its files from the output folder, without endings.
 */
export function entryOf(
  input: string,
  stem: string,
  found: Prediction,
  { members }: Pick<PredictionSettings, "members"> = {},
): PredictionEntry {
  const deviation = members === undefined ? "flip_deviation" : "model_deviation";
  const { width, height, spacing } = found.mask;
  return {
    input,
    width,
    height,
    ...(spacing && { mm_per_px: mmPerPxOf(spacing) }),
    area_px: found.area,
    mean_probability: found.meanProbability,
    highest_probability: found.highestProbability,
    mask: `${stem}_mask.png`,
    probability: `${stem}_probability.png`,
    ...(found.uncertainty && { uncertainty: `${stem}_uncertainty.png` }),
    overlay: `${stem}_overlay.png`,
    lesions: found.lesions.map((lesion) => lesionEntry(lesion, deviation)),
  };
}

function lesionEntry(
  lesion: Lesion,
  deviation: "flip_deviation" | "model_deviation",
): LesionEntry {
  const { x, y, width, height } = lesion.box;
  return {
    area_px: lesion.area,
    long_axis_px: lesion.longAxis,
    short_axis_px: lesion.shortAxis,
    centre_px: lesion.centre,
    box_px: [x, y, width, height],
    touches_border: lesion.touchesBorder,
    mean_probability: lesion.meanProbability,
    boundary_uncertainty_px: lesion.boundaryUncertainty,
    ...(lesion.millimetres && millimetreFields(lesion.millimetres)),
    ...(lesion.deviation !== undefined && { [deviation]: lesion.deviation }),
    polygons: lesion.rings,
  };
}

/** Measures in mm under their names in the entry of a lesion. */
export function millimetreFields(mm: Millimetres) {
  return {
    area_mm2: mm.area,
    long_axis_mm: mm.longAxis,
    short_axis_mm: mm.shortAxis,
    boundary_uncertainty_mm: mm.boundaryUncertainty,
  };
}

/** The bounding box of a lesion. */
export function boxOf({ box_px: [x, y, width, height] }: LesionEntry): Box {
  return { x, y, width, height };
}

/** The text of `predictions.json`. */
export function predictionsJson(
  settings: PredictionSettings,
  images: readonly PredictionEntry[],
  failed: readonly Failure[],
): string {
  return jsonByLines({ note: RESEARCH_ONLY, ...settings, images, failed });
}

/** Formats JSON with one line for each value, and for each item of a list of records. */
export function jsonByLines(values: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(values).map(([key, value]) => {
    const items = Array.isArray(value) ? jsonLines(value, "  ") : JSON.stringify(value);
    return `  ${JSON.stringify(key)}: ${items}`;
  });
  return `{\n${lines.join(",\n")}\n}\n`;
}

/** Formats a list as JSON with one line for each item, indented by two spaces more. */
export function jsonLines(items: readonly unknown[], indent: string): string {
  if (items.length === 0) return "[]";
  const lines = items.map((item) => `${indent}  ${JSON.stringify(item)}`);
  return `[\n${lines.join(",\n")}\n${indent}]`;
}

/** An input that could not be predicted. */
export interface Failure {
  readonly input: string;
  readonly error: string;
}

/** The data of the lists. */
export interface PredictionLists {
  readonly settings: PredictionSettings;
  /** In the order of the inputs. */
  readonly images: readonly PredictionEntry[];
  readonly failed: readonly Failure[];
}
