import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import {
  checked,
  fits,
  flag,
  formerly,
  list,
  number,
  numbers,
  object,
  objectOf,
  oneOf,
  optional,
  orNull,
  parseJson,
  type Reader,
  table,
  text,
  whole,
} from "../../lib/core/json.ts";
import { libraryFiles } from "../support/library_files.ts";

interface Shape {
  readonly name: string;
  readonly count: number;
  readonly share: number | null;
  readonly on: boolean;
  readonly kind: "a" | "c";
  readonly note?: string;
  readonly points: readonly (readonly [number, number])[];
  readonly by: Readonly<Record<string, number>>;
  readonly two: Readonly<Record<"x" | "y", number>>;
}

const shape = object<Shape>({
  name: text,
  count: whole(1, 9),
  share: orNull(number),
  on: flag,
  kind: oneOf("a", "c"),
  note: optional(text),
  points: list(numbers<[number, number]>(2), { least: 1 }),
  by: table(number),
  two: objectOf(["x", "y"], checked(number, (value) => value > 0 ? undefined : "is too small")),
});

const GOOD: Shape = {
  name: "n",
  count: 3,
  share: null,
  on: true,
  kind: "c",
  points: [[1, 2]],
  by: { z: 1 },
  two: { x: 1, y: 2 },
};

Deno.test("readers take what fits, and leave behind what is not named", () => {
  assertEquals(shape({ ...GOOD, more: 1 }), GOOD);
  assertEquals("note" in shape(GOOD), false);
  assertEquals(shape({ ...GOOD, note: "x" }).note, "x");
});

Deno.test("readers say what is wrong, and where", () => {
  const bad: [unknown, string][] = [
    [null, "it is no JSON object"],
    [[], "it is no JSON object"],
    [{ ...GOOD, name: 7 }, "name is no text"],
    [{ ...GOOD, count: "3" }, "count is no number"],
    [{ ...GOOD, count: 10 }, "count is 10, expected a whole number from 1 to 9"],
    [{ ...GOOD, count: 1.5 }, "count is 1.5, expected a whole number"],
    [{ ...GOOD, share: NaN }, "share is no number"],
    [{ ...GOOD, on: 1 }, "on is neither true nor false"],
    [{ ...GOOD, kind: "b" }, 'kind is "b", expected "a" or "c"'],
    [{ ...GOOD, note: null }, "note is no text"],
    [{ ...GOOD, points: {} }, "points is no list"],
    [{ ...GOOD, points: [] }, "points has 0 items, expected at least 1"],
    [{ ...GOOD, points: [[1, 2], [1]] }, "points[1] has 1 items, expected 2"],
    [{ ...GOOD, points: [[1, null]] }, "points[0][1] is no number"],
    [{ ...GOOD, by: { z: "1" } }, "by.z is no number"],
    [{ ...GOOD, two: { x: 1 } }, "it has no two.y"],
    [{ ...GOOD, two: { x: 1, y: 0 } }, "two.y is too small"],
  ];
  for (const [json, words] of bad) {
    assertThrows(() => shape(json), InputError, words);
    assertEquals(fits(shape, json), false);
  }
  assertEquals(fits(shape, GOOD), true);
  // An inherited key is none.
  assertThrows(() => shape(Object.create(GOOD)), InputError, "it has no name");
});

Deno.test("a table keeps keys that objects are born with apart from its own", () => {
  const names: Reader<Record<string, string>> = table(text);
  const read = names(JSON.parse('{"__proto__":"a","constructor":"b"}'));
  assertEquals(Object.entries(read), [["__proto__", "a"], ["constructor", "b"]]);
});

Deno.test("formerly() reads a key under its earlier name, the present one first", () => {
  const shape = formerly({ found: "seen" }, object<{ found: number }>({ found: number }));
  assertEquals(shape({ seen: 1 }), { found: 1 });
  assertEquals(shape({ found: 2, seen: 1 }), { found: 2 });
  for (const json of [{}, { seen: "1" }, Object.create({ seen: 1 }), [], null]) {
    assertEquals(fits(shape, json), false);
  }
});

Deno.test("fits() passes an error on that is not about the value", () => {
  const broken: Reader<number> = () => {
    throw new TypeError("a bug");
  };
  assertThrows(() => fits(broken, 1), TypeError, "a bug");
});

Deno.test("parseJson() names the file and what it should have been", () => {
  assertEquals(parseJson("[1]", "a.json"), [1]);
  assertThrows(
    () => parseJson("{", "a.json", "a list"),
    InputError,
    "a.json is no JSON; expected a list",
  );
});

Deno.test("parseJson() refuses what would fill the memory, before it parses", () => {
  const refused = (text: string, words: string) =>
    assertThrows(() => parseJson(text, "a.json"), InputError, `a.json ${words}`);
  refused("[".repeat(101), "is nested more than 100 deep");
  refused(`${"[".repeat(100)}{}`, "is nested more than 100 deep");
  refused(`[${"1,".repeat(20_000_000)}1]`, "holds more than 20000000 values");
  refused(`{${'"":1,'.repeat(1_000_000)}"":1}`, "has an object of more than 1000000 keys");
  const deep = "[".repeat(100) + "]".repeat(100);
  assertEquals(JSON.stringify(parseJson(deep, "a.json")), deep);
  assertEquals((parseJson(`[${"1,".repeat(1_000_001)}1]`, "a.json") as []).length, 1_000_002);
});

Deno.test("parseJson() counts no marks inside strings", () => {
  const marks = `${"[{".repeat(200)}\\" \\\\`;
  const text = `{"${marks}":["${marks}"]}`;
  assertEquals(parseJson(text, "a.json"), JSON.parse(text));
  for (const bad of ['"[[', '["\\', "]]]", '{"a":"b\\"}']) {
    assertThrows(() => parseJson(bad, "a.json"), InputError, "a.json is no JSON");
  }
});

Deno.test("a value in a message is short", () => {
  const error = assertThrows(() => oneOf("a")("x".repeat(1_000_000), "at"), InputError);
  assertEquals(error.message.length < 1000, true);
});

Deno.test("JSON is parsed where its size and its nesting are limited", () => {
  const parsing = [...libraryFiles()].filter((path) =>
    /^(?! \*).*\bJSON\.parse\(/m.test(Deno.readTextFileSync(path))
  );
  assertEquals(parsing.sort(), [
    "lib/core/json.ts",
    // These count for themselves.
    "lib/formats/safetensors_header.ts",
    // Pages read what they were written with.
    "lib/predict/page/predictions.js",
    "lib/store/lock_file.ts",
    "lib/webpage/program.js",
  ]);
});
