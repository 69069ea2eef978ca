/**
 * The columns that `measurements.csv` can have.
 *
 * @module
 */
import { measurementsCsv } from "../../lib/predict/measurements.ts";

/** All columns: with flips, and where the size of a pixel is known. */
export function measurementColumns(): string[] {
  return measurementsCsv([], { tta: true, mm_per_px: 1 }).trim().split(",");
}
