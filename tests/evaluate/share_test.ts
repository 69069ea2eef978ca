import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { normalQuantile, shareOf, wilson } from "../../lib/evaluate/share.ts";

const alone = (count: number) => new Array<null>(count).fill(null);
const ones = (count: number) => new Array<number>(count).fill(1);

/** `having` of `count` images. */
function ofImages(having: number, count: number) {
  return shareOf(ones(count).map((_, k) => k < having ? 1 : 0), ones(count), alone(count), 0.95);
}

Deno.test("normalQuantile() has the quantiles of every table", () => {
  for (
    const [p, z] of [[0.5, 0], [0.95, 1.6448536269514722], [0.975, 1.959963984540054], [
      0.995,
      2.5758293035489004,
    ], [0.9999, 3.719016485455709]]
  ) assertAlmostEquals(normalQuantile(p), z, 1e-10);
});

Deno.test("shareOf() has the score intervals that Newcombe (1998) prints", () => {
  for (
    const [having, count, low, high] of [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ]
  ) {
    const found = ofImages(having, count);
    assertEquals(found.value, having / count);
    assertAlmostEquals(found.low!, low, 5e-5);
    assertAlmostEquals(found.high!, high, 5e-5);
  }
});

Deno.test("a share of 0 or 100 % has an interval with a width, also of one image", () => {
  for (const count of [1, 2, 3, 17, 1000, 100_000]) {
    const [none, all] = [ofImages(0, count), ofImages(count, count)];
    assertEquals([none.value, none.low, all.value, all.high], [0, 0, 1, 1]);
    assertAlmostEquals(none.high!, 1 - all.low!, 1e-12);
    assert(none.high! > 3 / (count + 4) * 0.9, `${count}: ${none.high}`);
  }
  assertAlmostEquals(ofImages(3, 3).low!, 0.4385, 5e-5);
  assertEquals(shareOf([], [], [], 0.95), { value: null, low: null, high: null });
  assertEquals(shareOf([0, 0], [0, 0], ["a", null], 0.95), { value: null, low: null, high: null });
});

Deno.test("shareOf() counts groups whose images are all alike as one image each", () => {
  const groups = Array.from({ length: 60 }, (_, k) => `patient ${Math.floor(k / 3)}`);
  const having = groups.map((_, k) => k < 24 ? 1 : 0);
  const found = shareOf(having, ones(60), groups, 0.95);
  // 8 of 20 patients.
  const { low, high } = wilson(0.4, 20, 0.95);
  assertAlmostEquals(found.low!, low, 1e-12);
  assertAlmostEquals(found.high!, high, 1e-12);
  // At 100 % nothing tells images of one patient from each other.
  const all = shareOf(ones(60), ones(60), groups, 0.95);
  assertAlmostEquals(all.low!, wilson(1, 20, 0.95).low, 1e-12);
  // A patient with most of the images counts for little more than one.
  const uneven = shareOf(ones(60), ones(60), groups.map((_, k) => k < 57 ? "a" : "b"), 0.95);
  assertAlmostEquals(uneven.low!, wilson(1, 3600 / (57 ** 2 + 9), 0.95).low, 1e-12);
});

Deno.test("shareOf() takes images of a group as independent where they are", () => {
  // In each of 20 groups of 2, one image of the two has the property.
  const groups = Array.from({ length: 40 }, (_, k) => `group ${k >> 1}`);
  const found = shareOf(groups.map((_, k) => k % 2), ones(40), groups, 0.95);
  assertAlmostEquals(found.low!, ofImages(20, 40).low!, 1e-12);
  // Few groups cannot show it.
  const few = shareOf([0, 1, 0, 1, 0, 1], ones(6), ["a", "a", "b", "b", "c", "c"], 0.95);
  assertAlmostEquals(few.low!, wilson(0.5, 3, 0.95).low, 1e-12);
});

Deno.test("shareOf() takes lesions of one image together, and leaves images without one out", () => {
  const found = shareOf([3, 0, 0], [3, 3, 0], alone(3), 0.95);
  assertEquals(found.value, 0.5);
  assertAlmostEquals(found.low!, wilson(0.5, 2, 0.95).low, 1e-12);
});

Deno.test("95 % intervals of grouped images hold the true share in about 95 % of the trials", () => {
  // 30 patients with 4 images each; the patients' shares differ much. Deterministic numbers.
  let state = 1;
  const random = () => (state = state * 48271 % 2147483647) / 2147483647;
  const groups = Array.from({ length: 120 }, (_, k) => `patient ${k >> 2}`);
  let held = 0;
  for (let trial = 0; trial < 1000; trial++) {
    const rates = Array.from({ length: 30 }, () => random() < 0.8 ? 1 : 0.3);
    const having = groups.map((_, k) => random() < rates[k >> 2] ? 1 : 0);
    const { low, high } = shareOf(having, ones(120), groups, 0.95);
    if (low! <= 0.86 && 0.86 <= high!) held++;
  }
  assert(held >= 930 && held <= 985, `${held} of 1000`);
});
