import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { RandomStream } from "../../lib/core/random.ts";
import { percentile } from "../../lib/core/statistics.ts";
import {
  checkBootstrap,
  DEFAULT_BOOTSTRAP,
  estimate,
  meanOf,
  medianOf,
  ratioOf,
} from "../../lib/evaluate/bootstrap.ts";

const normals = (count: number, seed: number) => {
  const random = new RandomStream(seed, "test");
  return Array.from({ length: count }, () => random.normal());
};

Deno.test("percentile() interpolates between neighbours", () => {
  assertEquals([0, 50, 62.5, 100].map((p) => percentile([1, 2, 4, 8, 16], p)), [1, 4, 6, 16]);
  assertEquals(percentile([3], 95), 3);
  assertEquals(percentile([], 50), NaN);
});

Deno.test("a statistic of weights is that of the sample in which each value stands so often", () => {
  const random = new RandomStream(1, "test");
  for (let round = 0; round < 200; round++) {
    const count = 1 + random.integerBelow(9);
    const values = Array.from({ length: count }, () => random.integerBelow(12));
    const others = Array.from({ length: count }, () => random.integerBelow(3));
    const weights = Uint32Array.from({ length: count }, () => random.integerBelow(4));
    const repeat = (row: readonly number[]) =>
      row.flatMap((value, i) => Array<number>(weights[i]).fill(value));
    const sum = (row: readonly number[]) => row.reduce((a, b) => a + b, 0);
    const [all, allOthers] = [repeat(values), repeat(others)];
    const sorted = all.toSorted((a, b) => a - b);
    assertEquals(medianOf(values)(weights), percentile(sorted, 50));
    assertEquals(meanOf(values)(weights), all.length === 0 ? NaN : sum(all) / all.length);
    const ratio = sum(allOthers) === 0 ? NaN : sum(all) / sum(allOthers);
    assertEquals(ratioOf(values, others)(weights), ratio);
  }
});

Deno.test("estimate() gives a mean the interval of its standard error", () => {
  const values = normals(400, 2);
  const { mean } = estimate(values.map(() => null), { mean: meanOf(values) }, DEFAULT_BOOTSTRAP);
  const centre = values.reduce((a, b) => a + b, 0) / 400;
  const error = Math.sqrt(values.reduce((a, b) => a + (b - centre) ** 2, 0) / 400 / 400);
  assertAlmostEquals(mean.value!, centre, 1e-12);
  assertAlmostEquals(mean.low!, centre - 1.96 * error, 0.1 * error);
  assertAlmostEquals(mean.high!, centre + 1.96 * error, 0.1 * error);
});

Deno.test("estimate() draws groups whole: copies of an image are no evidence", () => {
  const values = normals(100, 3);
  const alone = estimate(values.map(() => null), { mean: meanOf(values) }, DEFAULT_BOOTSTRAP);
  const copied = values.flatMap((value) => [value, value, value, value]);
  const groups = copied.map((_, i) => `patient ${Math.floor(i / 4)}`);
  const grouped = estimate(groups, { mean: meanOf(copied) }, DEFAULT_BOOTSTRAP);
  assertAlmostEquals(grouped.mean.low!, alone.mean.low!, 1e-12);
  assertAlmostEquals(grouped.mean.high!, alone.mean.high!, 1e-12);
  // Taken for independent images they seem to say twice as much.
  const naive = estimate(copied.map(() => null), { mean: meanOf(copied) }, DEFAULT_BOOTSTRAP);
  const width = ({ mean }: typeof naive) => mean.high! - mean.low!;
  assertAlmostEquals(width(alone) / width(naive), 2, 0.2);
});

Deno.test("estimate() depends on the seed and on nothing else", () => {
  const values = normals(30, 4);
  const groups = values.map(() => null);
  const of = (seed: number) =>
    estimate(groups, { mean: meanOf(values) }, { ...DEFAULT_BOOTSTRAP, seed });
  assertEquals(of(7), of(7));
  assert(of(7).mean.low !== of(8).mean.low);
});

Deno.test("estimate() cuts off as much above as below, and draws as many as there are", () => {
  let call = 0;
  const { order, drawn } = estimate([null, "a", "b"], {
    // The value from the whole set comes first; the others are 1, 2, 3, ...
    order: () => call++,
    drawn: (weights) => weights.reduce((a, b) => a + b, 0),
  }, { resamples: 1001, seed: 0, level: 0.95 });
  assertEquals(order.value, 0);
  assertAlmostEquals(order.low!, 26, 1e-9);
  assertAlmostEquals(order.high!, 976, 1e-9);
  assertEquals(drawn, { value: 3, low: 3, high: 3 });
});

Deno.test("by default 2000 draws with seed 0 make an interval of 95 %", () => {
  assertEquals(DEFAULT_BOOTSTRAP, { resamples: 2000, seed: 0, level: 0.95 });
});

Deno.test("checkBootstrap() takes 1 to a million draws and whole seeds", () => {
  const check = (resamples: number, seed = 0) =>
    checkBootstrap({ ...DEFAULT_BOOTSTRAP, resamples, seed });
  for (const resamples of [1, 2, 1_000_000]) check(resamples);
  for (const resamples of [0, -1, 1.5, NaN, 1_000_001]) {
    assertThrows(() => check(resamples), InputError, "resamples");
  }
  check(1, 2 ** 53 - 1);
  for (const seed of [-1, 0.5, 2 ** 53]) assertThrows(() => check(1, seed), InputError, "seed");
});

Deno.test("estimate() gives no bounds where nothing can be resampled, and no value where there is none", () => {
  const options = DEFAULT_BOOTSTRAP;
  assertEquals(estimate([null], { mean: meanOf([3]) }, options).mean, {
    value: 3,
    low: null,
    high: null,
  });
  assertEquals(estimate(["a", "a"], { mean: meanOf([3, 5]) }, options).mean.low, null);
  const none = { value: null, low: null, high: null };
  assertEquals(estimate([], { mean: meanOf([]), median: medianOf([]) }, options), {
    mean: none,
    median: none,
  });
  assertEquals(estimate([null, null], { ratio: ratioOf([0, 0], [0, 0]) }, options).ratio, none);
});
