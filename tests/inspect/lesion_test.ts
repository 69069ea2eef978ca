/**
 * The facts of lesions, also of masks with very many parts.
 */
import { assertEquals } from "@std/assert";
import { lesionOf } from "../../lib/inspect/lesion.ts";

Deno.test("lesionOf() counts the parts of a dotted mask of 720x720", () => {
  const side = 720;
  const pixels = Uint8Array.from(
    { length: side ** 2 },
    (_, i) => i % 2 === 0 && Math.floor(i / side) % 2 === 0 ? 255 : 0,
  );
  const facts = lesionOf([{ width: side, height: side, pixels }]);
  // Dots of one size are parts: none is a speck beside a lesion.
  assertEquals([facts?.parts, facts?.specks, facts?.px], [129_600, 0, 129_600]);
  // With a lesion among them they are specks.
  pixels.fill(255, 0, 21 * side);
  assertEquals(lesionOf([{ width: side, height: side, pixels }])?.parts, 1);
});
