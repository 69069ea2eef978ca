/**
 * The columns that `measurements.csv` can have.
 *
 * @module
 */
import { measurementsCsv } from "../../lib/predict/measurements.ts";

/** All columns: with flips, with several models, and where the size of a pixel is known. */
export function measurementColumns(): string[] {
  const columns = (members?: []) =>
    measurementsCsv([], { tta: "flips", mm_per_px: 1, members }).trim().split(",");
  return [...new Set([...columns(), ...columns([])])];
}
