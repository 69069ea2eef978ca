/**
 * Splits that keep groups together and classes balanced.
 *
 * Groups in random order, larger ones first, each go where they bring the parts nearest to their shares of all
 * images and of each class (a greedy rule, as for stratified group k-fold cross-validation); then single groups
 * move between parts as long as that brings them nearer still.
 *
 * @module
 */
import { RandomStream } from "../core/random.ts";
import { shuffled } from "./batches.ts";
import type { Classes } from "./classes.ts";
import type { Groups } from "./groups.ts";

/** What is to be kept together, and what balanced. */
export interface SplitConstraints {
  readonly groups: Groups;
  readonly classes: Classes;
}

/**
 * Divides images into parts of given sizes, as nearly as the groups allow.
 *
 * @param images In any order; the result does not depend on it.
 * @param sizes How many images each part should have; they add up to the number of images.
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

/** Which unit lies in which part, and how far the parts are from what they should be. */
class Parts {
  /** The part of each unit, -1 before it is placed. */
  readonly placeOf: Int32Array;
  /** Images per unit, part and wanted per part: first in all, then of each class. */
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

  /** The part that a unit, placed nowhere yet, fits best; the first of equals. */
  cheapest(unit: number): number {
    let best = 0;
    let least = Infinity;
    for (let part = 0; part < this.#counts.length; part++) {
      const cost = this.#change(part, unit, 1);
      if (cost < least) [best, least] = [part, cost];
    }
    return best;
  }

  /** Makes the one move that helps most; tells whether there was any. */
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

  /** By how much a part's distance grows when a unit comes (1) or goes (-1): squared errors over what is wanted. */
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
