import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { fillRings, ringsArea, signedArea, traceRings } from "../../lib/image/contours.ts";
import { maskOf, randomMask } from "../support/masks.ts";

function trace({ width, height, pixels }: { width: number; height: number; pixels: Uint8Array }) {
  return traceRings({ x: 0, y: 0, width, height }, (x, y) => pixels[y * width + x] !== 0);
}

Deno.test("traceRings() walks along pixel edges, with corners only where it turns", () => {
  assertEquals(trace(maskOf("#")), [[[0, 0], [1, 0], [1, 1], [0, 1]]]);
  assertEquals(trace(maskOf("....", ".##.", ".#..")), [
    [[1, 1], [3, 1], [3, 2], [2, 2], [2, 3], [1, 3]],
  ]);
  assertEquals(trace(maskOf("..", "..")), []);
});

Deno.test("traceRings() gives a hole a ring of its own, the other way round", () => {
  const rings = trace(maskOf("###", "#.#", "###"));
  assertEquals(rings, [
    [[0, 0], [3, 0], [3, 3], [0, 3]],
    [[1, 2], [2, 2], [2, 1], [1, 1]],
  ]);
  assertEquals(rings.map(signedArea), [9, -1]);
});

Deno.test("traceRings() cuts rings where pixels touch at a corner", () => {
  assertEquals(trace(maskOf("#.", ".#")), [
    [[0, 0], [1, 0], [1, 1], [0, 1]],
    [[1, 1], [2, 1], [2, 2], [1, 2]],
  ]);
  // Closed by a corner alone: a ring around everything, and one around the hole.
  assertEquals(trace(maskOf("##.", "#.#", "###")).map(signedArea), [8, -1]);
});

Deno.test("rings filled again are the mask, whatever its shape", () => {
  fc.assert(
    fc.property(randomMask(), (mask) => {
      const box = { x: 0, y: 0, width: mask.width, height: mask.height };
      const rings = trace(mask);
      assertEquals(fillRings(rings, box), mask.pixels);
      assertEquals(ringsArea(rings, box), mask.pixels.reduce((sum, pixel) => sum + pixel, 0));
      const area = mask.pixels.reduce((sum, value) => sum + value, 0);
      assertEquals(rings.reduce((sum, ring) => sum + signedArea(ring), 0), area);
      for (const ring of rings) {
        assertEquals(new Set(ring.map(String)).size, ring.length, "a corner occurs twice");
        ring.forEach(([x, y], index) => {
          const [next, second] = [1, 2].map((k) => ring[(index + k) % ring.length]);
          const along = (x === next[0]) !== (y === next[1]);
          const turns = (x === next[0]) !== (next[0] === second[0]);
          assert(along && turns, `${ring} at ${next}`);
        });
      }
    }),
    { numRuns: 2000, seed: 1 },
  );
});

Deno.test("fillRings() refuses edges that are no pixel edges", () => {
  const box = { x: 1, y: 1, width: 3, height: 3 };
  assertThrows(() => fillRings([[[1, 1], [2, 2], [1, 2]]], box), RangeError, "does not lie on");
  assertThrows(() => fillRings([[[1, 1], [2.5, 1], [2.5, 2], [1, 2]]], box), RangeError);
  assertThrows(() => fillRings([[[0, 1], [2, 1], [2, 2], [0, 2]]], box), RangeError);
});
