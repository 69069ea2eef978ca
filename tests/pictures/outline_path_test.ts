import { assertEquals } from "@std/assert";
import { RandomStream } from "../../lib/core/random.ts";
import { fillRings, type Point } from "../../lib/image/contours.ts";
import { outlinePath, smoothOutlinePath } from "../../lib/pictures/outline_path.ts";

/** The corners of a path of `M`, `h`, `v` and `z`. */
function ringsOf(path: string): Point[][] {
  return path.split("z").filter((part) => part !== "").map((part) => {
    const ring: Point[] = [];
    for (const [, command, first, second] of part.matchAll(/([Mhv])(-?\d+)(?: (\d+))?/g)) {
      const [x, y] = ring.at(-1) ?? [0, 0];
      const value = Number(first);
      ring.push(
        command === "M"
          ? [value, Number(second)]
          : command === "h"
          ? [x + value, y]
          : [x, y + value],
      );
    }
    return ring;
  });
}

Deno.test("outlinePath() encloses the pixels above the level and no others", () => {
  for (let index = 0; index < 20; index++) {
    const random = new RandomStream(0, "outline", index);
    const [width, height] = [1 + random.integerBelow(9), 1 + random.integerBelow(9)];
    const pixels = Uint8Array.from({ length: width * height }, () => random.integerBelow(256));
    const rings = ringsOf(outlinePath({ width, height, pixels }, 100));
    const filled = fillRings(rings, { x: 0, y: 0, width, height });
    assertEquals(filled, pixels.map((value) => value > 100 ? 1 : 0));
  }
});

Deno.test("outlinePath() of an empty mask is empty", () => {
  assertEquals(outlinePath({ width: 3, height: 2, pixels: new Uint8Array(6) }), "");
  assertEquals(outlinePath({ width: 1, height: 1, pixels: Uint8Array.of(255) }), "M0 0h1v1h-1z");
});

Deno.test("smoothOutlinePath() cuts corners, and draws a staircase as one straight line", () => {
  const pixel = { width: 3, height: 3, pixels: Uint8Array.of(0, 0, 0, 0, 255, 0, 0, 0, 0) };
  assertEquals(smoothOutlinePath(pixel), "M1 1.5L1.5 1L2 1.5L1.5 2L1 1.5z");
  const side = 6;
  const below = Uint8Array.from(
    { length: side * side },
    (_, i) => i % side <= Math.floor(i / side) ? 255 : 0,
  );
  const path = smoothOutlinePath({ width: side, height: side, pixels: below });
  assertEquals(path, "M0 0.5L0.5 0L6 5.5L5.5 6L0.5 6L0 5.5z");
});

Deno.test("smoothOutlinePath() keeps its distance from the border", () => {
  const full = { width: 8, height: 5, pixels: new Uint8Array(40).fill(255) };
  const numbers = [...smoothOutlinePath(full, 1.5).matchAll(/([\d.]+) ([\d.]+)/g)]
    .map(([, x, y]) => [Number(x), Number(y)]);
  assertEquals(numbers.every(([x, y]) => x >= 1.5 && x <= 6.5 && y >= 1.5 && y <= 3.5), true);
  // Wider than the picture, the line is in its middle.
  assertEquals(new Set(smoothOutlinePath(full, 9).match(/[\d.]+/g)), new Set(["4", "2.5"]));
  assertEquals(smoothOutlinePath({ ...full, pixels: new Uint8Array(40) }), "");
});
