/**
 * Splits that keep groups together and classes balanced.
 *
 * Groups are placed one by one, larger ones first, in random order among equals. Each goes to the
 * part that brings all parts nearest to their shares of all images and of each class (a greedy
 * rule, as in stratified group k-fold cross-validation). Then single groups move between parts as
 * long as a move improves the result.
 *
 * @module
 */
import { RandomStream } from "../core/random.ts";
import { shuffled } from "./batches.ts";
import type { Classes } from "./classes.ts";
import type { Groups } from "./groups.ts";

/** The groups to keep together and the classes to balance. */
export interface SplitConstraints {
  readonly groups: Groups;
  readonly classes: Classes;
}

/**
 * Divides images into parts of given sizes, as nearly as the groups allow.
 *
 * @param images The images; their order does not matter.
 * @param sizes The wanted number of images in each part. The sum is the number of images.
 * @returns The images of each part, sorted.
 */
export function divide(
  images: readonly string[],
  sizes: readonly number[],
  { groups, classes }: SplitConstraints,
  seed: number,
): string[][] {
  const all = new Set(images);
  const grouped = groups.map((group) => group.filter((image) => all.has(image)));
  const inGroups = new Set(grouped.flat());
  const units = [
    ...grouped.filter(({ length }) => length > 0),
    ...[...all].filter((image) => !inGroups.has(image)).sort().map((image) => [image]),
  ];
  const parts = new Parts(sizes, units, classes);
  const order = shuffled(units.length, new RandomStream(seed, "grouped split"));
  const largestFirst = [...order].sort((a, b) => units[b].length - units[a].length);
  for (const unit of largestFirst) parts.place(unit, parts.cheapest(unit));
  for (let left = units.length; left > 0 && parts.improve(largestFirst); left--);
  return sizes.map((_, part) =>
    units.filter((_, unit) => parts.placeOf[unit] === part).flat().sort()
  );
}

/** The part of each unit, and the distance of the parts from their targets. */
class Parts {
  /** The part of each unit, -1 before it is placed. */
  readonly placeOf: Int32Array;
  /** Image counts per unit, per part, and wanted per part: in total, then of each class. */
  readonly #unitCounts: number[][];
  readonly #counts: number[][];
  readonly #wanted: number[][];

  constructor(sizes: readonly number[], units: readonly (readonly string[])[], classes: Classes) {
    const kinds = [...new Set(classes.values())].sort();
    this.#unitCounts = units.map((unit) => [
      unit.length,
      ...kinds.map((kind) => unit.filter((image) => classes.get(image) === kind).length),
    ]);
    const totals = [0, ...kinds].map((_, kind) =>
      this.#unitCounts.reduce((sum, counts) => sum + counts[kind], 0)
    );
    this.placeOf = new Int32Array(units.length).fill(-1);
    this.#counts = sizes.map(() => totals.map(() => 0));
    this.#wanted = sizes.map((size) => totals.map((total) => total * size / totals[0]));
  }

  place(unit: number, part: number): void {
    const add = (to: number, sign: 1 | -1) =>
      this.#unitCounts[unit].forEach((count, kind) => this.#counts[to][kind] += sign * count);
    if (this.placeOf[unit] >= 0) add(this.placeOf[unit], -1);
    add(part, 1);
    this.placeOf[unit] = part;
  }

  /** The best part for an unplaced unit; the first of equals. */
  cheapest(unit: number): number {
    let best = 0;
    let least = Infinity;
    for (let part = 0; part < this.#counts.length; part++) {
      const cost = this.#change(part, unit, 1);
      if (cost < least) [best, least] = [part, cost];
    }
    return best;
  }

  /** Makes the single best move. Returns whether a move improved the result. */
  improve(order: readonly number[]): boolean {
    let move: readonly [unit: number, part: number] | undefined;
    let best = -1e-9;
    for (const unit of order) {
      const gain = this.#change(this.placeOf[unit], unit, -1);
      for (let part = 0; part < this.#counts.length; part++) {
        if (part === this.placeOf[unit]) continue;
        const cost = gain + this.#change(part, unit, 1);
        if (cost < best) [best, move] = [cost, [unit, part]];
      }
    }
    if (move !== undefined) this.place(...move);
    return move !== undefined;
  }

  /**
   * The change of a part's distance when a unit is added (1) or removed (-1). The distance is the
   * sum of squared errors divided by the wanted counts.
   */
  #change(part: number, unit: number, sign: 1 | -1): number {
    let cost = 0;
    this.#unitCounts[unit].forEach((count, kind) => {
      const wanted = this.#wanted[part][kind];
      if (count === 0 || wanted === 0) return;
      const error = this.#counts[part][kind] - wanted;
      cost += count * (count + 2 * sign * error) / wanted;
    });
    return cost;
  }
}
