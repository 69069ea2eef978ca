/** Parts of a path. */
import { assertEquals } from "@std/assert";
import { baseName, folderName, stemOf, withoutEnding } from "../../lib/core/paths.ts";

Deno.test("digits behind the last dot of a name are no ending", () => {
  assertEquals(withoutEnding("a/b.png"), "a/b");
  assertEquals(withoutEnding("a.b/c"), "a.b/c");
  assertEquals(withoutEnding("a/1.2.840.17"), "a/1.2.840.17");
  assertEquals(withoutEnding("a/1.2.840.17.dcm"), "a/1.2.840.17");
  assertEquals(withoutEnding("a/b.jp2"), "a/b");
  assertEquals(stemOf("a/1.2.840.18"), "1.2.840.18");
  assertEquals([folderName("a/b.png"), baseName("a/b.png")], ["a", "b.png"]);
});
