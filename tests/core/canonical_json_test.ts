import { assertEquals, assertThrows } from "@std/assert";
import { canonicalJson } from "../../lib/core/canonical_json.ts";

Deno.test("canonicalJson() has one spelling for equal values", () => {
  const a = { b: [1, { y: null, x: "é\n" }], a: true };
  const b = { a: true, b: [1, { x: "é\n", y: null }] };
  assertEquals(canonicalJson(a), '{"a":true,"b":[1,{"x":"é\\n","y":null}]}');
  assertEquals(canonicalJson(b), canonicalJson(a));
  assertEquals([canonicalJson([]), canonicalJson({})], ["[]", "{}"]);
});

Deno.test("canonicalJson() keeps every bit of a number", () => {
  for (const value of [0, -0, 1 / 3, 0.1 + 0.2, 5e-324, 1.7976931348623157e308, 2 ** 53]) {
    assertEquals(Object.is(JSON.parse(canonicalJson(value)), value), true, String(value));
  }
});

Deno.test("canonicalJson() refuses what JSON cannot hold", () => {
  for (const value of [NaN, Infinity, undefined, () => 1, 1n, { a: undefined }, [NaN]]) {
    assertThrows(() => canonicalJson(value), TypeError);
  }
});
