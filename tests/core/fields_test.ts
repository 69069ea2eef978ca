import { assert, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import {
  bytes,
  checkFields,
  choice,
  defaultsOf,
  fieldsToJson,
  number,
  onOff,
  takeFields,
  text,
  texts,
  whole,
} from "../../lib/core/fields.ts";

const FIELDS = {
  epochs: whole({ default: 4, from: 1, to: 9, says: "passes" }),
  mostEpochs: whole({
    default: null,
    from: 1,
    to: 9,
    json: "limit",
    legacy: null,
    says: "at most",
  }),
  rate: number({ default: 0.5, above: 0, below: 1, says: "step" }),
  pause: number({ default: 0, from: 0, says: "wait" }),
  memory: bytes({ default: null, says: "most memory" }),
  name: text({ default: "a", matches: /^[a-z]+$/, expected: "small letters", says: "name" }),
  on: choice({ default: "cpu", choices: ["cpu", "gpu"], inFiles: { cpu: "slow" }, says: "where" }),
  loud: onOff({ default: false, says: "say more" }),
};
const DEFAULTS = defaultsOf(FIELDS);

Deno.test("fields take what lies in their bounds, and null only where it is the default", () => {
  checkFields(FIELDS, DEFAULTS);
  const accepted: Record<keyof typeof FIELDS, readonly unknown[]> = {
    epochs: [1, 9],
    mostEpochs: [null, 1],
    rate: [1e-9, 0.999],
    pause: [0, 1e9],
    memory: [null, 1, 2 ** 40],
    name: ["abc"],
    on: ["cpu", "gpu"],
    loud: [true, false],
  };
  const refused: Record<keyof typeof FIELDS, readonly unknown[]> = {
    epochs: [0, 10, 1.5, null, "4", NaN, undefined],
    mostEpochs: [0, "1"],
    rate: [0, 1, NaN, null, "0.5"],
    pause: [-1, Infinity],
    memory: [0, 1.5, "2GiB"],
    name: ["", "A", null, 3],
    on: ["slow", "tpu", null],
    loud: ["yes", 1, null],
  };
  for (const name of Object.keys(FIELDS) as (keyof typeof FIELDS)[]) {
    for (const value of accepted[name]) assert(FIELDS[name].accepts(value), `${name} ${value}`);
    for (const value of refused[name]) {
      const values = { ...DEFAULTS, [name]: value };
      const error = assertThrows(() => checkFields(FIELDS, values), InputError, `${name} is `);
      assertEquals((error as InputError).field, name);
    }
  }
});

Deno.test("fields say what they expect", () => {
  const words = Object.values(FIELDS).map(({ expected }) => expected);
  assertEquals(words, [
    "a whole number from 1 to 9",
    "a whole number from 1 to 9",
    "a number above 0 and below 1",
    "a number from 0",
    "a number of bytes such as 2GiB",
    "small letters",
    "cpu or gpu",
    "true or false",
  ]);
});

Deno.test("JSON has the names and words of files, and comes back", () => {
  const json = fieldsToJson(FIELDS, DEFAULTS);
  assertEquals(json, {
    epochs: 4,
    limit: null,
    rate: 0.5,
    pause: 0,
    memory: null,
    name: "a",
    on: "slow",
    loud: false,
  });
  const entries = new Map(Object.entries({ ...json, more: 1 }));
  assertEquals(takeFields(FIELDS, entries, "x"), DEFAULTS);
  assertEquals([...entries], [["more", 1]]);
});

Deno.test("files that are older than a field get its legacy, others are refused by name", () => {
  const { limit: _, ...before } = fieldsToJson(FIELDS, DEFAULTS);
  assertEquals(takeFields(FIELDS, new Map(Object.entries(before)), "x"), DEFAULTS);
  const { rate: __, ...without } = before;
  const read = (json: object) => takeFields(FIELDS, new Map(Object.entries(json)), "x.json");
  assertThrows(() => read(without), InputError, 'x.json has no "rate"');
  assertThrows(() => read({ ...before, rate: 2 }), InputError, "x.json cannot be used: rate is 2");
});

Deno.test("texts() takes lists, and files may hold a single text without its list", () => {
  const fields = {
    ends: texts({
      default: null,
      expected: "small letters",
      is: (x) => /^[a-z]+$/.test(x),
      says: "",
    }),
  };
  for (const ends of [null, ["a"], ["a", "b"]]) {
    const json = JSON.parse(JSON.stringify(fieldsToJson(fields, { ends })));
    assertEquals(takeFields(fields, new Map(Object.entries(json)), "x"), { ends });
  }
  assertEquals(fieldsToJson(fields, { ends: ["a"] }), { ends: "a" });
  for (const [ends, shown] of [[[], "[]"], [["A"], '"A"'], [["a", ""], '["a",""]'], [3, "3"]]) {
    const error = assertThrows(
      () => takeFields(fields, new Map([["ends", ends]]), "x"),
      InputError,
    );
    assert(error.message.includes(`ends is ${shown}; expected small letters`), error.message);
  }
});
