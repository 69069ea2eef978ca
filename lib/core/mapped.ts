/**
 * Maps large arrays of numbers. `Uint8Array.from(values, of)` first makes a list of all results,
 * which takes eight bytes for each and ends the program beyond 128 Mi of them.
 *
 * @module
 */

/** Fills `target` with `of(value)` for each value, and returns it. */
export function mapped<Target extends Uint8Array | Uint16Array>(
  target: Target,
  values: ArrayLike<number>,
  of: (value: number) => number,
): Target {
  for (let i = 0; i < target.length; i++) target[i] = of(values[i]);
  return target;
}
