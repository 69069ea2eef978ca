/**
 * Evenly spaced samples of a list.
 *
 * @module
 */

/** At most `most` items (2 or more) of a list, evenly spaced, including the first and the last. */
export function evenly<Item>(items: readonly Item[], most: number): Item[] {
  if (items.length <= most) return [...items];
  const step = (items.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, k) => items[Math.round(k * step)]);
}
