import { assertEquals } from "@std/assert";
import { evenly } from "../../lib/core/evenly.ts";

Deno.test("evenly() keeps the first and the last item, and equal distances between", () => {
  const items = Array.from({ length: 9 }, (_, index) => index);
  assertEquals(evenly(items, 5), [0, 2, 4, 6, 8]);
  assertEquals(evenly(items, 2), [0, 8]);
  assertEquals(evenly(items, 4), [0, 3, 5, 8]);
});

Deno.test("evenly() keeps a short list whole", () => {
  assertEquals(evenly(["a", "b"], 2), ["a", "b"]);
  assertEquals(evenly([], 3), []);
});
