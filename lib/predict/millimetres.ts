/**
 * Measures of a lesion in millimetres, where the size of a pixel is known.
 *
 * @module
 */
import type { Ring } from "../image/contours.ts";
import { pixelArea, type Spacing } from "../image/spacing.ts";
import { axesOf } from "./feret.ts";

/** What a lesion measures in px. */
export interface PixelMeasures {
  readonly area: number;
  readonly longAxis: number;
  readonly shortAxis: number;
  readonly boundaryUncertainty: number | null;
}

/** The same in mm; the area in mm^2. */
export type Millimetres = PixelMeasures;

/** The measures in mm where a pixel is as wide as high: those in px by one factor. */
export function scaledMeasures(measures: PixelMeasures, mm: number): Millimetres {
  const { area, longAxis, shortAxis, boundaryUncertainty } = measures;
  return {
    area: area * pixelArea({ x: mm, y: mm }),
    longAxis: longAxis * mm,
    shortAxis: shortAxis * mm,
    boundaryUncertainty: boundaryUncertainty === null ? null : boundaryUncertainty * mm,
  };
}

/**
 * The measures in mm. Where a pixel is wider than high the axes are those of the outline in mm, and
 * the width of its band must have been measured in mm.
 */
export function millimetresOf(
  measures: PixelMeasures,
  rings: readonly Ring[],
  spacing: Spacing,
  bandInMm: number | null,
): Millimetres {
  if (spacing.x === spacing.y) return scaledMeasures(measures, spacing.x);
  const { long, short } = axesOf(rings.flat(), spacing);
  return {
    area: measures.area * pixelArea(spacing),
    longAxis: long,
    shortAxis: short,
    boundaryUncertainty: bandInMm,
  };
}
