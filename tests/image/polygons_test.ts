import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { GreyImage } from "../../lib/image/image.ts";
import { traceRings } from "../../lib/image/contours.ts";
import { fillCircle, fillPolygon } from "../../lib/image/polygons.ts";
import { maskOf, randomMask } from "../support/masks.ts";

const blank = (width: number, height: number): GreyImage => ({
  width,
  height,
  pixels: new Uint8Array(width * height),
});

/** Whether a point lies inside, by the number of edges that a ray to the right crosses. */
function isInside(corners: readonly number[], x: number, y: number): boolean {
  let inside = false;
  for (let k = 0; k < corners.length; k += 2) {
    const [x1, y1] = corners.slice(k, k + 2);
    const [x2, y2] = [0, 1].map((i) => corners[(k + 2 + i) % corners.length]);
    if ((y1 > y) !== (y2 > y) && x < x1 + (y - y1) * (x2 - x1) / (y2 - y1)) inside = !inside;
  }
  return inside;
}

const coordinate = fc.oneof(
  fc.double({ min: -6, max: 20, noNaN: true }),
  // Corners on pixel centres and edges.
  fc.integer({ min: -6, max: 40 }).map((value) => value / 2),
);

Deno.test("fillPolygon() fills the pixels whose centres lie inside by the even-odd rule", () => {
  let filled = 0;
  fc.assert(
    fc.property(fc.array(coordinate, { minLength: 6, maxLength: 20 }), (values) => {
      const corners = values.slice(0, values.length - values.length % 2);
      const mask = blank(14, 11);
      fillPolygon(mask, corners);
      mask.pixels.forEach((value, i) => {
        const [x, y] = [i % 14 + 0.5, Math.floor(i / 14) + 0.5];
        assertEquals(value, isInside(corners, x, y) ? 255 : 0, `${x},${y}`);
        if (value) filled++;
      });
    }),
    { numRuns: 500, seed: 3 },
  );
  assert(filled > 5000, `${filled}`);
});

Deno.test("fillPolygon() gives the pixels back that a mask's rings enclose", () => {
  fc.assert(
    fc.property(randomMask(), ({ width, height, pixels }) => {
      const rings = traceRings(
        { x: 0, y: 0, width, height },
        (x, y) => pixels[y * width + x] !== 0,
      );
      // By even-odd over all rings: each one toggles what the others filled.
      const sums = new Uint8Array(width * height);
      for (const ring of rings) {
        const one = blank(width, height);
        fillPolygon(one, ring.flat());
        one.pixels.forEach((value, i) => sums[i] ^= value & 1);
      }
      assertEquals(sums, pixels);
    }),
    { numRuns: 200, seed: 4 },
  );
});

Deno.test("polygons with a common edge share no pixel and leave none out", () => {
  const [one, other] = [blank(9, 9), blank(9, 9)];
  fillPolygon(one, [0, 0, 9, 0, 0, 9]);
  fillPolygon(other, [9, 0, 9, 9, 0, 9]);
  one.pixels.forEach((value, i) => assertEquals(value + other.pixels[i], 255));
});

Deno.test("fillPolygon() cuts off what leaves the mask, however far", () => {
  for (const far of [30, 1e7, 1e300, Number.MAX_VALUE]) {
    const mask = blank(5, 4);
    fillPolygon(mask, [2, -far, far, -far, far, far, 2, far]);
    assertEquals(
      mask.pixels,
      maskOf("..###", "..###", "..###", "..###").pixels.map((value) => 255 * value),
    );
  }
  const mask = blank(5, 4);
  fillPolygon(mask, [-9, -9, -2, -9, -2, -3]);
  assertEquals(mask.pixels.includes(255), false);
});

Deno.test("fillCircle() fills the pixels whose centres are nearer than the radius", () => {
  const mask = blank(6, 5);
  fillCircle(mask, [2, 2], 1.6);
  assertEquals(
    mask.pixels,
    maskOf(".##...", "####..", "####..", ".##...", "......").pixels.map((value) => 255 * value),
  );
  // A centre far away costs no work.
  assertEquals(fillCircle(mask, [1e308, -1e308], 9), 0);
});
