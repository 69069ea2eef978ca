import { assertEquals } from "@std/assert";
import { RandomStream } from "../../lib/core/random.ts";
import { fillRings, type Point } from "../../lib/image/contours.ts";
import { outlinePath } from "../../lib/pictures/outline_path.ts";

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
