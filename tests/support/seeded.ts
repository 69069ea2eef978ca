/**
 * Numbers that look random, the same each time.
 *
 * @module
 */

/** Whole numbers from 0 to below `most`: noise, runs and slopes in turn. */
export function seeded(length: number, most: number): number[] {
  let state = 12345;
  return Array.from({ length }, (_, i) => {
    state = Math.imul(state, 1664525) + 1013904223 >>> 0;
    const kind = (i >> 5) % 3;
    if (kind === 0) return Math.floor(state / 2 ** 32 * most);
    return kind === 1 ? (i >> 5) % most : i % most;
  });
}
