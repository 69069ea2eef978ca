/**
 * A paired permutation test (Fisher 1935): could the difference of two models be chance?
 *
 * If the models were equally good, it would not matter which of them gave which answer to an image.
 * The test exchanges the two answers in some of the images, computes the difference anew, and
 * counts how often it is at least as far from 0 as the observed one. Images of one group, such as a
 * patient's, are exchanged together. Unlike a bootstrap interval, the test holds for few images,
 * and for shares of 0 and 100 %.
 *
 * With few groups every exchange is tried. Otherwise exchanges are drawn, and the observed one
 * counts among them, so that no p is 0 (Phipson and Smyth 2010).
 *
 * @module
 */
import { RandomStream } from "../core/random.ts";
import { type Statistic, unitsOf } from "./bootstrap.ts";

/** The number of exchanges that are drawn, or the most that are tried. */
const EXCHANGES = 9999;

/**
 * The two-sided p of each difference; `null` where there is nothing to measure.
 *
 * @param groups The group of each image; `null` is a group of one image.
 * @param statistics Figures of the first model's answers, then those of the second, as one list of
 *   twice as many images. A weight is 1 for each answer that counts for a model.
 * @param seed Fixes the exchanges that are drawn.
 */
export function permutationTests(
  groups: readonly (string | null)[],
  statistics: readonly Statistic[],
  seed: number,
): (number | null)[] {
  const units = unitsOf(groups);
  const weights = new Uint32Array(2 * groups.length);
  const opposite = new Uint32Array(2 * groups.length);
  const differences = (isExchanged: (unit: number) => boolean): number[] => {
    groups.forEach((_, i) => {
      const exchanged = isExchanged(units.of[i]) ? 1 : 0;
      weights[i] = opposite[groups.length + i] = 1 - exchanged;
      opposite[i] = weights[groups.length + i] = exchanged;
    });
    return statistics.map((statistic) => Math.abs(statistic(weights) - statistic(opposite)));
  };
  const observed = differences(() => false);
  const asFar = statistics.map(() => 0);
  let tried = 0;
  for (const isExchanged of exchangesOf(units.count, seed)) {
    tried++;
    differences(isExchanged).forEach((difference, k) => {
      // Sums in another order differ in their last digits.
      if (difference >= observed[k] * (1 - 1e-9)) asFar[k]++;
    });
  }
  return observed.map((value, k) => Number.isNaN(value) ? null : asFar[k] / tried);
}

/** Which units are exchanged, for each exchange; the first exchanges none. */
function* exchangesOf(units: number, seed: number): Generator<(unit: number) => boolean> {
  if (units <= Math.log2(EXCHANGES)) {
    for (let index = 0; index < 2 ** units; index++) yield (unit) => (index >> unit & 1) === 1;
    return;
  }
  yield () => false;
  const words = new Uint32Array(Math.ceil(units / 32));
  for (let index = 0; index < EXCHANGES; index++) {
    const random = new RandomStream(seed, "permutation", 0, index);
    for (let k = 0; k < words.length; k++) words[k] = random.bits32();
    yield (unit) => (words[unit >> 5] >>> (unit & 31) & 1) === 1;
  }
}
