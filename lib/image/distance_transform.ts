/**
 * The exact Euclidean distance transform: from every pixel to the nearest marked one, in px, or in
 * mm with the size of a pixel.
 *
 * Squared distances separate: first each column gives the distance `g` to its nearest mark, then
 * each row is the lower envelope of the parabolas `(x - q)^2 + g(q)^2` (Felzenszwalb and
 * Huttenlocher, "Distance transforms of sampled functions", Theory of Computing 8, 2012). Both
 * passes are linear in the number of pixels. In px they use whole numbers, so nothing is rounded;
 * in mm the parabolas are wider or narrower, and sums of squares are rounded as float64.
 *
 * @module
 */
import type { Spacing } from "./spacing.ts";

const PX: Spacing = { x: 1, y: 1 };

/** A column without a mark; images have shorter sides. */
const NONE = 65535;

/**
 * Squared distances in px^2 `[height, width]`, with a spacing in mm^2, from each pixel's centre to
 * that of the nearest pixel of `marks` that is not 0; Infinity everywhere when there is none.
 */
export function squaredDistances(
  marks: Uint8Array,
  width: number,
  height: number,
  spacing = PX,
): Float64Array {
  const distances = new Float64Array(width * height);
  const use = (row: Float64Array, y: number) => distances.set(row, y * width);
  distanceRows(marks, width, height, spacing, use);
  return distances;
}

/**
 * The squared distances of {@linkcode squaredDistances} at the pixels of `from` that are not 0, row
 * by row. It needs two bytes for each pixel, not eight.
 */
export function squaredDistancesFrom(
  from: Uint8Array,
  marks: Uint8Array,
  width: number,
  height: number,
  spacing = PX,
): Float64Array {
  const found = new Float64Array(from.reduce((sum, value) => sum + (value === 0 ? 0 : 1), 0));
  let next = 0;
  distanceRows(marks, width, height, spacing, (row, y) => {
    for (let x = 0; x < width; x++) if (from[y * width + x] !== 0) found[next++] = row[x];
  });
  return found;
}

/** Calls `use` with the squared distances of each row; the array is used again for the next. */
function distanceRows(
  marks: Uint8Array,
  width: number,
  height: number,
  spacing: Spacing,
  use: (row: Float64Array, y: number) => void,
): void {
  const columns = columnDistances(marks, width, height);
  const heights = new Float64Array(width);
  const row = new Float64Array(width);
  const envelope = { at: new Int32Array(width), from: new Float64Array(width) };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const distance = columns[y * width + x];
      heights[x] = distance === NONE ? Infinity : (distance * spacing.y) ** 2;
    }
    lowerEnvelope(heights, spacing.x ** 2, envelope, row);
    use(row, y);
  }
}

/** The distance to the nearest mark in the same column, or {@linkcode NONE}. */
function columnDistances(marks: Uint8Array, width: number, height: number): Uint16Array {
  if (height >= NONE) throw new RangeError(`columns of ${height} px are too long`);
  const distances = new Uint16Array(width * height);
  for (let i = 0; i < distances.length; i++) {
    const above = i < width ? NONE : distances[i - width];
    distances[i] = marks[i] !== 0 ? 0 : Math.min(NONE, above + 1);
  }
  for (let i = distances.length - width - 1; i >= 0; i--) {
    const below = distances[i + width] + 1;
    if (below < distances[i]) distances[i] = below;
  }
  return distances;
}

/**
 * Computes `out[x] = min over q of squaredWidth (x - q)^2 + heights[q]`. Parabola `at[k]` is the
 * lowest from `from[k]` up to `from[k + 1]`.
 */
function lowerEnvelope(
  heights: Float64Array,
  squaredWidth: number,
  { at, from }: { readonly at: Int32Array; readonly from: Float64Array },
  out: Float64Array,
): void {
  let count = 0;
  for (let q = 0; q < heights.length; q++) {
    if (heights[q] === Infinity) continue;
    let start = -Infinity;
    while (count > 0) {
      const v = at[count - 1];
      const rise = heights[q] - heights[v] + squaredWidth * (q * q - v * v);
      start = rise / (2 * squaredWidth * (q - v));
      if (start > from[count - 1]) break;
      count--;
      start = -Infinity;
    }
    at[count] = q;
    from[count++] = start;
  }
  if (count === 0) {
    out.fill(Infinity);
    return;
  }
  for (let x = 0, k = 0; x < out.length; x++) {
    while (k + 1 < count && from[k + 1] <= x) k++;
    out[x] = squaredWidth * (x - at[k]) ** 2 + heights[at[k]];
  }
}
