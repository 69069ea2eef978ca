/**
 * Bootstrap intervals (Efron 1979). Each draw takes as many images as there are, with replacement,
 * and every figure is computed from every draw. The bounds of the 95 % interval are the 2.5th and
 * 97.5th percentiles.
 *
 * Images of one patient are not independent, so whole groups are drawn where groups are known (the
 * cluster bootstrap, Davison and Hinkley 1997, 3.8). A draw is stored as one weight per image, the
 * number of times that it was drawn; a statistic is a function of these weights. All statistics of
 * a set of images use the same draws, so differences between two models are paired.
 *
 * @module
 */
import { refusal } from "../core/fields.ts";
import { isSeed, RandomStream } from "../core/random.ts";
import { percentile } from "../core/statistics.ts";
import type { Estimate } from "./results.ts";

/** The options of the bootstrap. */
export interface BootstrapOptions {
  readonly resamples: number;
  readonly seed: number;
  /** The share of the draws inside the interval. */
  readonly level: number;
}

export const DEFAULT_BOOTSTRAP: BootstrapOptions = { resamples: 2000, seed: 0, level: 0.95 };

const MOST_RESAMPLES = 1_000_000;

/** Throws {@linkcode InputError} that names the invalid option. */
export function checkBootstrap({ resamples, seed }: BootstrapOptions): void {
  if (!Number.isInteger(resamples) || resamples < 1 || resamples > MOST_RESAMPLES) {
    throw refusal("resamples", resamples, `a whole number from 1 to ${MOST_RESAMPLES}`);
  }
  if (!isSeed(seed)) {
    throw refusal("seed", seed, `a whole number from 0 to ${2 ** 53 - 1}`);
  }
}

/** A figure of a weighted set of images; NaN when there is nothing to measure. */
export type Statistic = (weights: Uint32Array) => number;

/** Several statistics by name. */
export type Statistics<Name extends string> = Readonly<Record<Name, Statistic>>;

/**
 * Estimates statistics with their intervals. `groups` names the group of each image; `null` is a
 * group of one image. Bounds are `null` with fewer than two groups. Draws in which a figure is NaN
 * are left out.
 */
export function estimate<Name extends string>(
  groups: readonly (string | null)[],
  statistics: Statistics<Name>,
  options: BootstrapOptions,
): Record<Name, Estimate> {
  const names = Object.keys(statistics) as Name[];
  const values = names.map((name) => statistics[name](new Uint32Array(groups.length).fill(1)));
  const draws = names.map(() => [] as number[]);
  const units = unitsOf(groups);
  if (units.count > 1) {
    for (const weights of resamples(units, options)) {
      names.forEach((name, k) => {
        const value = statistics[name](weights);
        if (!Number.isNaN(value)) draws[k].push(value);
      });
    }
  }
  const tail = 50 * (1 - options.level);
  const bound = (ascending: Float64Array, p: number) =>
    ascending.length === 0 ? null : percentile(ascending, p);
  const estimates = names.map((_, k): Estimate => {
    if (Number.isNaN(values[k])) return { value: null, low: null, high: null };
    const ascending = Float64Array.from(draws[k]).sort();
    return { value: values[k], low: bound(ascending, tail), high: bound(ascending, 100 - tail) };
  });
  return Object.fromEntries(names.map((name, k) => [name, estimates[k]])) as Record<Name, Estimate>;
}

/** The resampled units: the unit of each image, and the number of units. */
export interface Units {
  readonly of: Uint32Array;
  readonly count: number;
}

/** A unit for each group, and for each image without a group. */
export function unitsOf(groups: readonly (string | null)[]): Units {
  const known = new Map<string, number>();
  let count = 0;
  const of = Uint32Array.from(groups, (group) => {
    if (group === null) return count++;
    const unit = known.get(group) ?? count++;
    known.set(group, unit);
    return unit;
  });
  return { of, count };
}

/** Yields the weights of each draw in one array, which is overwritten. */
function* resamples(units: Units, { resamples, seed }: BootstrapOptions): Generator<Uint32Array> {
  const drawn = new Uint32Array(units.count);
  const weights = new Uint32Array(units.of.length);
  for (let index = 0; index < resamples; index++) {
    const random = new RandomStream(seed, "bootstrap", 0, index);
    drawn.fill(0);
    for (let k = 0; k < units.count; k++) drawn[random.integerBelow(units.count)]++;
    for (let i = 0; i < weights.length; i++) weights[i] = drawn[units.of[i]];
    yield weights;
  }
}

/** The weighted mean of the values. */
export function meanOf(values: readonly number[]): Statistic {
  const data = Float64Array.from(values);
  return (weights) => weightedSum(data, weights) / total(weights);
}

/** The weighted median of the values. */
export function medianOf(values: readonly number[]): Statistic {
  const order = Uint32Array.from(values.keys()).sort((a, b) => values[a] - values[b]);
  const data = Float64Array.from(values);
  return (weights) => {
    const count = total(weights);
    if (count === 0) return NaN;
    // The ranks of the middle value, or of the two middle ones, from 1 in ascending order.
    const lower = Math.floor((count + 1) / 2);
    const upper = Math.floor(count / 2) + 1;
    let passed = 0;
    let low = NaN;
    for (const i of order) {
      passed += weights[i];
      if (Number.isNaN(low) && passed >= lower) low = data[i];
      if (passed >= upper) return (low + data[i]) / 2;
    }
    return NaN;
  };
}

/** The weighted sum of `parts` over that of `wholes`; NaN when the latter is 0. */
export function ratioOf(parts: readonly number[], wholes: readonly number[]): Statistic {
  const [numerators, denominators] = [Float64Array.from(parts), Float64Array.from(wholes)];
  return (weights) => {
    const whole = weightedSum(denominators, weights);
    return whole === 0 ? NaN : weightedSum(numerators, weights) / whole;
  };
}

function weightedSum(values: Float64Array, weights: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += weights[i] * values[i];
  return sum;
}

function total(weights: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += weights[i];
  return sum;
}
