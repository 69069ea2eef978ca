/**
 * Order statistics.
 *
 * @module
 */

/**
 * The `p`-th percentile (0 to 100) of ascending numbers, with linear interpolation between
 * neighbours: position `p / 100 * (n - 1)` counted from 0 (Hyndman and Fan 1996, definition 7;
 * NumPy's default). NaN for an empty list.
 */
export function percentile(ascending: ArrayLike<number>, p: number): number {
  const last = ascending.length - 1;
  if (last < 0) return NaN;
  const position = (p / 100) * last;
  const below = Math.min(Math.floor(position), Math.max(0, last - 1));
  const low = ascending[below];
  const high = ascending[Math.min(below + 1, last)];
  return low + (position - below) * (high - low);
}

/** The arithmetic mean, added from first to last; `null` for an empty list. */
export function mean(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The median; of an even number of values, the upper of the middle two. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** The largest value of a list of any length; -Infinity for an empty one. */
export function largest(values: readonly number[]): number {
  return values.reduce((most, value) => value > most ? value : most, -Infinity);
}

/** The smallest value of a list of any length; Infinity for an empty one. */
export function smallest(values: readonly number[]): number {
  return values.reduce((least, value) => value < least ? value : least, Infinity);
}
