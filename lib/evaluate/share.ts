/**
 * Shares, such as lesions found of all, with intervals that are right at 0 and 100 % as well: the
 * score interval (Wilson 1927). The bootstrap cannot do that: of three images with a false alarm in
 * each, every draw has one in each.
 *
 * The interval counts independent units. Several lesions in one image, and images of one patient,
 * are not independent, so their number is divided by the design effect (Kish 1965; Rao and Scott
 * 1992): by how much the share varies more between units than it would between independent items.
 *
 * @module
 */
import type { Estimate } from "./results.ts";

/**
 * With fewer units their variance says little, and the items of a unit are taken to be all alike.
 */
const FEW_UNITS = 10;

/**
 * The share of items that have a property.
 *
 * @param having How many items of each image have it.
 * @param items How many items each image has.
 * @param groups The group of each image; `null` is a group of one image.
 * @param level The level of the interval, such as 0.95.
 * @returns `null` for everything without an item.
 */
export function shareOf(
  having: readonly number[],
  items: readonly number[],
  groups: readonly (string | null)[],
  level: number,
): Estimate {
  const units = unitsOf(having, items, groups);
  const all = units.reduce((sum, { n }) => sum + n, 0);
  if (all === 0) return { value: null, low: null, high: null };
  const value = units.reduce((sum, { x }) => sum + x, 0) / all;
  const { low, high } = wilson(value, independentOf(units, value, all), level);
  return { value, low, high };
}

/** The items of a unit: those with the property, and all. */
interface Unit {
  readonly x: number;
  readonly n: number;
}

function unitsOf(
  having: readonly number[],
  items: readonly number[],
  groups: readonly (string | null)[],
): Unit[] {
  const alone: Unit[] = [];
  const known = new Map<string, Unit>();
  items.forEach((n, image) => {
    const group = groups[image];
    if (n === 0) return;
    if (group === null) {
      alone.push({ x: having[image], n });
      return;
    }
    const unit = known.get(group) ?? { x: 0, n: 0 };
    known.set(group, { x: unit.x + having[image], n: unit.n + n });
  });
  return [...alone, ...known.values()];
}

/**
 * The number of independent items that say as much about the share as these. It lies between the
 * number of items and that of the units, which count by their sizes (Kish). Where all items are
 * alike, nothing is known of the variance, and it is the latter.
 */
function independentOf(units: readonly Unit[], share: number, all: number): number {
  const least = all ** 2 / units.reduce((sum, { n }) => sum + n ** 2, 0);
  if (units.length < FEW_UNITS || share === 0 || share === 1) return least;
  const squares = units.reduce((sum, { x, n }) => sum + (x - share * n) ** 2, 0);
  const between = units.length / (units.length - 1) * squares / all ** 2;
  const independent = share * (1 - share) / between;
  return Math.min(all, Math.max(least, independent));
}

/**
 * The score interval of a share of `count` independent items (Wilson 1927). The bounds are never
 * outside of 0 and 1, and only equal to the share if that is 0 or 1.
 */
export function wilson(
  share: number,
  count: number,
  level: number,
): { readonly low: number; readonly high: number } {
  const z2 = normalQuantile((1 + level) / 2) ** 2;
  const centre = (share + z2 / (2 * count)) / (1 + z2 / count);
  const half = Math.sqrt(z2 * (share * (1 - share) + z2 / (4 * count)) / count) / (1 + z2 / count);
  return {
    low: share === 0 ? 0 : Math.max(0, centre - half),
    high: share === 1 ? 1 : Math.min(1, centre + half),
  };
}

/** The quantile of the standard normal distribution, by bisection; `p` from 0.5 to below 1. */
export function normalQuantile(p: number): number {
  let [low, high] = [0, 8];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (normalBelow(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The distribution function for z >= 0: 0.5 + density(z) (z + z^3 / 3 + z^5 / (3 5) + ...). */
function normalBelow(z: number): number {
  let [sum, term] = [0, z];
  for (let odd = 3; term > 1e-17 * sum; odd += 2) {
    sum += term;
    term *= z * z / odd;
  }
  return 0.5 + Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI) * sum;
}
