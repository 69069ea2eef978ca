import { assertEquals } from "@std/assert";
import { joinGroups } from "../../lib/dataset/groups.ts";

Deno.test("joinGroups() joins what shares an image and drops what stands alone", () => {
  assertEquals(
    joinGroups([["d", "c"], ["a", "b"], ["e"], ["b", "f", "a"], ["g", "g"], ["f", "h"]]),
    [
      ["a", "b", "f", "h"],
      ["c", "d"],
    ],
  );
  assertEquals(joinGroups([]), []);
});
