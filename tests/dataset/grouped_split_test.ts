import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { InputError } from "../../lib/core/errors.ts";
import { classesOf } from "../../lib/dataset/classes.ts";
import { joinGroups } from "../../lib/dataset/groups.ts";
import { splitAtRandom, splitByGroups } from "../../lib/dataset/split.ts";

const pairsOf = (images: readonly string[]) => images.map((image) => ({ image, masks: [] }));
const names = (pairs: readonly { image: string }[]) => pairs.map(({ image }) => image);
const numbered = (kind: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${kind}/${i}.png`);

const IMAGES = [...numbered("benign", 60), ...numbered("malignant", 30), ...numbered("normal", 10)];
const CLASSES = classesOf(IMAGES);

Deno.test("splitByGroups() without groups has the random split's sizes and balances the classes", () => {
  const { train, validation } = splitByGroups(pairsOf(IMAGES), {
    trainFraction: 0.8,
    seed: 1,
    groups: [],
    classes: CLASSES,
  });
  assertEquals([train.length, validation.length], [80, 20]);
  const validated = Map.groupBy(names(validation), (image) => CLASSES.get(image));
  assertEquals(["benign", "malignant", "normal"].map((kind) => validated.get(kind)!.length), [
    12,
    6,
    2,
  ]);
});

Deno.test("splitByGroups() depends on the seed but not on the order of the pairs", () => {
  const options = { trainFraction: 0.7, seed: 3, groups: [IMAGES.slice(50, 70)], classes: CLASSES };
  const split = splitByGroups(pairsOf(IMAGES), options);
  assertEquals(splitByGroups(pairsOf(IMAGES.toReversed()), options), split);
  assertNotEquals(splitByGroups(pairsOf(IMAGES), { ...options, seed: 4 }), split);
  assertNotEquals(names(split.train), names(split.train).toSorted());
});

Deno.test("splitByGroups() divides no group, uses every image once and comes near the sizes", () => {
  const image = fc.nat(99).map((index) => IMAGES[index]);
  const property = fc.property(
    fc.array(fc.array(image, { minLength: 2, maxLength: 6 }), { maxLength: 15 }).map(joinGroups),
    fc.nat(),
    fc.constantFrom({ trainFraction: 0.8 }, { folds: 5, fold: 2 }),
    (groups, seed, share) => {
      const split = splitByGroups(pairsOf(IMAGES), { ...share, seed, groups, classes: CLASSES });
      const validated = new Set(names(split.validation));
      assertEquals([...names(split.train), ...validated].sort(), IMAGES.toSorted());
      for (const group of groups) {
        assertEquals(new Set(group.map((one) => validated.has(one))).size, 1);
      }
      // Unless one group is larger than the part, single images make up for the groups.
      const largest = Math.max(1, ...groups.map(({ length }) => length));
      if (largest <= 15) {
        assert(Math.abs(validated.size - 20) <= 2, `${validated.size} to validate`);
      }
    },
  );
  fc.assert(property, { numRuns: 60, seed: 1 });
});

Deno.test("folds validate every image once, by groups and at random", () => {
  const groups = [IMAGES.slice(0, 7), IMAGES.slice(58, 63)];
  for (
    const split of [
      (fold: number) =>
        splitByGroups(pairsOf(IMAGES), { folds: 4, fold, seed: 2, groups, classes: CLASSES }),
      (fold: number) => splitAtRandom(pairsOf(IMAGES), { folds: 4, fold, seed: 2 }),
    ]
  ) {
    const parts = [1, 2, 3, 4].map((fold) => names(split(fold).validation));
    assertEquals(parts.flat().sort(), IMAGES.toSorted());
    for (const part of parts) assertEquals(part.length, 25);
    assertEquals(new Set([...names(split(3).train), ...parts[2]]).size, 100);
    for (const fold of [0, 5, 1.5]) assertThrows(() => split(fold), InputError, `fold ${fold}`);
  }
  const share = { folds: 101, fold: 1, seed: 2 };
  assertThrows(() => splitAtRandom(pairsOf(IMAGES), share), InputError, "folds 101 of 100");
});

Deno.test("splitByGroups() refuses groups that leave a part empty", () => {
  const options = { trainFraction: 0.5, seed: 0, groups: [["a", "b"]], classes: new Map() };
  assertThrows(() => splitByGroups(pairsOf(["a", "b"]), options), InputError, "split random");
});

Deno.test("three parts are disjoint, of the wanted sizes, balanced, and divide no group", () => {
  const image = fc.nat(99).map((index) => IMAGES[index]);
  const property = fc.property(
    fc.array(fc.array(image, { minLength: 2, maxLength: 5 }), { maxLength: 12 }).map(joinGroups),
    fc.nat(),
    (groups, seed) => {
      const share = { trainFraction: 0.6, testFraction: 0.15, seed, groups, classes: CLASSES };
      const { train, validation, test } = splitByGroups(pairsOf(IMAGES), share);
      const parts = [train, validation, test!].map(names);
      assertEquals(parts.flat().sort(), IMAGES.toSorted());
      const placeOf = (one: string) => parts.findIndex((part) => part.includes(one));
      for (const group of groups) assertEquals(new Set(group.map(placeOf)).size, 1);
      if (Math.max(1, ...groups.map(({ length }) => length)) > 10) return;
      [60, 25, 15].forEach((size, part) => {
        assert(Math.abs(parts[part].length - size) <= 3, `${parts[part].length} of ${size}`);
      });
    },
  );
  fc.assert(property, { numRuns: 60, seed: 1 });

  const share = { trainFraction: 0.6, testFraction: 0.2, seed: 5, groups: [], classes: CLASSES };
  const split = splitByGroups(pairsOf(IMAGES), share);
  const kinds = [split.train, split.validation, split.test!].map((part) => {
    const own = Map.groupBy(names(part), (image) => CLASSES.get(image));
    return ["benign", "malignant", "normal"].map((kind) => own.get(kind)!.length);
  });
  assertEquals(kinds, [[36, 18, 6], [12, 6, 2], [12, 6, 2]]);
  assertEquals(splitByGroups(pairsOf(IMAGES.toReversed()), share), split);
  assertNotEquals(splitByGroups(pairsOf(IMAGES), { ...share, seed: 6 }), split);
});

Deno.test("two parts are those of earlier versions, with and without groups", () => {
  const pairs = pairsOf(IMAGES.slice(52, 66));
  const numbers = (part: readonly { image: string }[]) =>
    names(part).map((image) => image.replace(/^(.)\D+(\d+).*$/, "$1$2")).join(" ");
  const share = { trainFraction: 0.7, testFraction: null, seed: 4 };
  const random = splitAtRandom(pairs, share);
  const groups = [IMAGES.slice(56, 62)];
  const grouped = splitByGroups(pairs, { ...share, groups, classes: CLASSES });
  assertEquals([random, grouped].map(({ train, validation }) => [train, validation].map(numbers)), [
    ["b59 b57 m5 b55 b54 m4 b52 b56 b53", "m0 b58 m2 m3 m1"],
    ["b59 b57 m4 b52 b56 m0 b58 m3 m1", "m5 b55 b54 b53 m2"],
  ]);
  assertEquals(Object.keys(random), ["train", "validation"]);
  assertEquals(Object.keys(grouped), ["train", "validation", "groups"]);
});
