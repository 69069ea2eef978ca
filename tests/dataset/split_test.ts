import { assertEquals, assertNotEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import type { Pair } from "../../lib/dataset/pairing.ts";
import { reportedPart, splitAtRandom } from "../../lib/dataset/split.ts";
import { splitFromJson, splitToJson } from "../../lib/dataset/split_file.ts";

const pairsOf = (count: number): Pair[] =>
  Array.from({ length: count }, (_, i) => ({
    image: `benign/benign (${i}).png`,
    masks: [`benign/benign (${i})_mask.png`],
  }));
const names = (pairs: readonly Pair[]) => pairs.map(({ image }) => image);

Deno.test("splitAtRandom() rounds the training part down and uses every pair once", () => {
  for (const [count, trainFraction, expected] of [[484, 0.8, 387], [2, 0.5, 1], [9, 0.8, 7]]) {
    const pairs = pairsOf(count);
    const { train, validation } = splitAtRandom(pairs, { trainFraction, seed: 1 });
    assertEquals([train.length, validation.length], [expected, count - expected]);
    assertEquals(names([...train, ...validation]).sort(), names(pairs).sort());
  }
});

Deno.test("splitAtRandom() depends on the seed but not on the order of the pairs", () => {
  const pairs = pairsOf(50);
  const options = { trainFraction: 0.8, seed: 1 };
  const split = splitAtRandom(pairs, options);
  assertEquals(splitAtRandom(pairs.toReversed(), options), split);
  assertNotEquals(splitAtRandom(pairs, { ...options, seed: 2 }), split);
});

Deno.test("splitAtRandom() gives these parts on every machine", () => {
  const { train, validation } = splitAtRandom(pairsOf(6), { trainFraction: 0.7, seed: 42 });
  const numbers = (pairs: readonly Pair[]) => names(pairs).join("").replace(/\D+/g, " ").trim();
  assertEquals([numbers(train), numbers(validation)], ["3 0 4 2", "5 1"]);
});

Deno.test("splitAtRandom() refuses an empty part and numbers that are none", () => {
  const split = (count: number, trainFraction: number, seed = 1) => () =>
    splitAtRandom(pairsOf(count), { trainFraction, seed });
  for (const fraction of [0, 1, -0.1, 1.2, NaN]) {
    assertThrows(split(10, fraction), InputError, `train fraction ${fraction}`);
  }
  assertThrows(split(1, 0.8), InputError, "leaves 0 for training and 1 for validation");
  assertThrows(split(0, 0.8), InputError, "of 0 images");
  assertThrows(split(4, 0.2), InputError, "trainFraction");
  assertThrows(split(4, 0.5, -1), InputError, "seed -1");
  assertThrows(split(4, 0.5, 0.5), InputError, "seed 0.5");
});

Deno.test("splitAtRandom() takes a test part from the end of the same order", () => {
  const pairs = pairsOf(20);
  const two = splitAtRandom(pairs, { trainFraction: 0.7, seed: 1 });
  const three = splitAtRandom(pairs, { trainFraction: 0.7, testFraction: 0.1, seed: 1 });
  assertEquals(three.train, two.train);
  assertEquals([...three.validation, ...three.test!], two.validation);
  assertEquals(three.test!.length, 2);
  const sizes = (count: number, trainFraction: number, testFraction: number) => {
    const split = splitAtRandom(pairsOf(count), { trainFraction, testFraction, seed: 1 });
    return [split.train, split.validation, split.test!].map(({ length }) => length);
  };
  assertEquals(sizes(100, 0.57, 0.29), [57, 14, 29]);
  assertEquals(sizes(3, 0.4, 0.3), [1, 1, 1]);
  assertThrows(() => sizes(4, 0.8, 0.1), InputError, "3 for training, 1 for validation and 0 for");
  for (const fraction of [0, -0.1, 0.2, NaN]) {
    assertThrows(() => sizes(10, 0.8, fraction), InputError, `test fraction ${fraction}`);
  }
});

Deno.test("splitFromJson() reads what splitToJson() wrote, in order", () => {
  const pairs = pairsOf(7);
  const split = splitAtRandom(pairs, { trainFraction: 0.8, seed: 3 });
  const text = splitToJson(split);
  assertEquals(splitFromJson(text, pairs), split);
  assertEquals(JSON.parse(text).train, names(split.train));
});

Deno.test("splitFromJson() keeps a third part, groups and patients", () => {
  const pairs = pairsOf(6);
  const split = {
    train: pairs.slice(0, 3),
    validation: pairs.slice(3, 4),
    test: pairs.slice(4),
    groups: [names(pairs.slice(0, 2))],
    patients: new Map([[pairs[0].image, "P1"], [pairs[1].image, "P1"]]),
  };
  const text = splitToJson(split);
  assertEquals(Object.keys(JSON.parse(text)), [
    "train",
    "validation",
    "test",
    "groups",
    "patients",
  ]);
  assertEquals(splitFromJson(text, pairs), split);
});

Deno.test("splitFromJson() leaves out what is not named only when told to", () => {
  const pairs = pairsOf(3);
  const text = splitToJson({ train: [pairs[0]], validation: [pairs[2]] });
  assertThrows(() => splitFromJson(text, pairs), InputError, "does not name benign/benign (1).png");
  const { train, validation } = splitFromJson(text, pairs, "x.json", { unnamed: "leave out" });
  assertEquals([train, validation], [[pairs[0]], [pairs[2]]]);
});

Deno.test("splitFromJson() reads two parts called train and test as train and validation", () => {
  const pairs = pairsOf(3);
  const [a, b, c] = names(pairs);
  const text = JSON.stringify({ train: [a, b], test: [c] });
  const split = splitFromJson(text, pairs);
  assertEquals(split, { train: [pairs[0], pairs[1]], validation: [pairs[2]] });
  assertEquals(reportedPart(split), "validation");
  assertEquals(Object.keys(JSON.parse(splitToJson(split))), ["train", "validation"]);
  const three = splitFromJson(JSON.stringify({ train: [a], validation: [b], test: [c] }), pairs);
  assertEquals(three.test, [pairs[2]]);
  assertEquals(reportedPart(three), "test");
});

Deno.test("splitFromJson() refuses unknown, repeated and missing files by name", () => {
  const pairs = pairsOf(4);
  const read = (train: unknown, test: unknown) => () =>
    splitFromJson(JSON.stringify({ train, test }), pairs, "runs/a/split.json");
  const [a, b, c, d] = names(pairs);
  const { message } = assertThrows(read([a, "gone.png"], [b, c, d]), InputError);
  assertStringIncludes(message, "runs/a/split.json names gone.png");
  assertThrows(read([a, b], [c, d, a]), InputError, `${a} twice`);
  assertThrows(read([a, b, b], [c, d]), InputError, `${b} twice`);
  assertThrows(read([a], [b, c]), InputError, `does not name ${d}`);
  assertThrows(read([a], [b]), InputError, `does not name ${c} and 1 more`);
  assertThrows(read(["__proto__"], [b]), InputError, "__proto__");
});

Deno.test("splitFromJson() refuses what is no split", () => {
  const broken = [
    "",
    "{",
    "null",
    "[]",
    "3",
    '{"train": ["a"]}',
    '{"train": ["a"], "test": []}',
    '{"train": ["a"], "validation": []}',
    '{"train": ["a"], "validation": [], "test": ["b"]}',
    '{"validation": ["a"], "test": ["b"]}',
    '{"train": "a", "test": ["b"]}',
    '{"train": [], "test": ["b"]}',
    '{"train": ["a", 1], "test": ["b"]}',
    '{"train": [["a"]], "test": ["b"]}',
    '{"train": ["a"], "test": ["b"], "validation": []}',
    '{"train": ["a"], "test": ["b"], "groups": [["a"]]}',
    '{"train": ["a"], "test": ["b"], "groups": {}}',
    '{"train": ["a"], "test": ["b"], "patients": ["a"]}',
    '{"train": ["a"], "test": ["b"], "patients": {"a": 1}}',
  ];
  for (const text of broken) {
    assertThrows(() => splitFromJson(text, pairsOf(2), "x.json"), InputError, "x.json");
  }
});
