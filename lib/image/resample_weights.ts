/**
 * The weights of antialiased bilinear resampling along one axis. The filter is a triangle around
 * the centre of each target pixel, scaled when shrinking, cut at the borders and normalised (Pillow
 * `precompute_coeffs`; PyTorch `interpolate(mode="bilinear", antialias=True)`).
 *
 * @module
 */

/** The source positions of each target position, and their weights. */
export interface AxisWeights {
  /** The largest number of taps of a target position. */
  readonly taps: number;
  /** First source position and number of taps, in pairs per target position. */
  readonly bounds: Int32Array;
  /** `[target, taps]`; rows with fewer taps end with zeros. */
  readonly weights: Float64Array;
}

/**
 * The weights to resample `from` positions to `to` positions.
 *
 * With scale = from / to, target position i has its centre at (i + 0.5) scale. Its taps are the
 * source positions less than max(1, scale) away.
 */
export function axisWeights(from: number, to: number): AxisWeights {
  const scale = from / to;
  const support = Math.max(1, scale);
  const narrowing = 1 / support;
  const taps = Math.min(from, Math.ceil(support) * 2 + 1);
  const bounds = new Int32Array(2 * to);
  const weights = new Float64Array(to * taps);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const count = Math.min(from, Math.trunc(centre + support + 0.5)) - first;
    const row = weights.subarray(i * taps, i * taps + count);
    let sum = 0;
    for (let k = 0; k < count; k++) {
      row[k] = Math.max(0, 1 - Math.abs((first + k - centre + 0.5) * narrowing));
      sum += row[k];
    }
    for (let k = 0; k < count; k++) row[k] /= sum;
    bounds[2 * i] = first;
    bounds[2 * i + 1] = count;
  }
  return { taps, bounds, weights };
}
