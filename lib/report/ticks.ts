/**
 * Places of the marks along an axis: multiples of 1, 2 or 5 times a power of ten.
 *
 * @module
 */

/** The marks of an axis. */
export interface Ticks {
  /** Ascending; every multiple of `step` from `low` to `high`. */
  readonly values: readonly number[];
  readonly step: number;
  /** How many decimals a label needs. */
  readonly decimals: number;
}

/**
 * Chooses at most `most` marks (2 or more) between two numbers, `low < high`. With `whole` they are whole
 * numbers, for counts; an interval without a whole number then has no mark. Throws `RangeError` when the
 * numbers are not finite, or so close that doubles cannot tell marks apart.
 */
export function niceTicks(low: number, high: number, most: number, whole = false): Ticks {
  const finest = 1e-9 * Math.max(Math.abs(low), Math.abs(high), 1e-9);
  if (!(high - low >= finest) || !Number.isFinite(high - low)) {
    throw new RangeError(`no axis from ${low} to ${high}`);
  }
  let exponent = Math.floor(Math.log10((high - low) / most));
  if (whole) exponent = Math.max(0, exponent);
  for (;; exponent++) {
    for (const factor of [1, 2, 5]) {
      // Dividing by a power of ten keeps 0.1, 0.2, ... the nearest doubles.
      const multiple = (k: number) =>
        exponent < 0 ? (k * factor) / 10 ** -exponent : k * factor * 10 ** exponent;
      const step = multiple(1);
      const first = Math.ceil(low / step - 1e-9);
      const last = Math.floor(high / step + 1e-9);
      if (last - first + 1 > most) continue;
      const values = Array.from({ length: last - first + 1 }, (_, k) => multiple(first + k));
      return { values, step, decimals: Math.max(0, -exponent) };
    }
  }
}

/** The label of a mark. */
export function tickLabel(value: number, ticks: Ticks): string {
  const size = Math.abs(value);
  if (size < 1e6 && ticks.decimals <= 5) return value.toFixed(ticks.decimals);
  return size === 0 ? "0" : value.toExponential(1);
}
