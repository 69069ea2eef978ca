/**
 * The facts of lesions, also of masks with very many parts.
 */
import { assertEquals } from "@std/assert";
import { lesionOf } from "../../lib/inspect/lesion.ts";
import { overlayPlaces } from "../../lib/inspect/overlays.ts";
import { paint } from "../support/soft_masks.ts";

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

Deno.test("lesionOf() says where the lesion, its specks and its pixels at the border are", () => {
  const isLesion = (x: number, y: number) => x >= 30 && y >= 5 && y < 45;
  const isSpeck = (x: number, y: number) => x === 3 && y === 7 || x === 4 && y === 8;
  const facts = lesionOf([paint(60, 50, (x, y) => isLesion(x, y) || isSpeck(x, y) ? 255 : 0)])!;
  assertEquals(facts.box, { x: 3, y: 5, width: 57, height: 40 });
  assertEquals(facts.speckPlaces, [{ x: 3, y: 7, width: 2, height: 2 }]);
  assertEquals(facts.borderPlaces, [{ x: 59, y: 5, width: 1, height: 40 }]);
  const inside = lesionOf([paint(9, 9, (x, y) => x === 4 && y === 4 ? 255 : 0)])!;
  assertEquals([inside.speckPlaces, inside.borderPlaces], [[], []]);
});

Deno.test("lesionOf() keeps 20 places of thousands", () => {
  const dots = (x: number, y: number) => y > 100 || x % 2 === 0 && y % 2 === 0 ? 255 : 0;
  const { specks, speckPlaces, borderPlaces } = lesionOf([paint(200, 400, dots)])!;
  assertEquals([specks, speckPlaces.length, borderPlaces.length], [5000, 20, 20]);
});

Deno.test("lesionOf() of an image of one row names each strip once", () => {
  const { borderPlaces } = lesionOf([paint(9, 1, (x) => x > 1 && x < 5 ? 255 : 0)])!;
  assertEquals(borderPlaces, [{ x: 2, y: 0, width: 3, height: 1 }]);
});

Deno.test("overlayPlaces() says where text or calipers are, and nothing where there are too few", () => {
  const tissue = (x: number, y: number) => 20 + (x * 7 + y * 13) % 20;
  const line = (x: number, y: number) => y === 40 && x >= 32 && x < 100 ? 255 : tissue(x, y);
  // Tiles are 16 px: the line from 32 to 100 has four with enough of it.
  assertEquals(overlayPlaces(paint(130, 70, line)), [{ x: 32, y: 32, width: 64, height: 16 }]);
  const short = (x: number, y: number) => y === 40 && x >= 32 && x < 70 ? 255 : tissue(x, y);
  assertEquals(overlayPlaces(paint(130, 70, short)), []);
});
