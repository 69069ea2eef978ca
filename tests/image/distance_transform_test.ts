import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { squaredDistances, squaredDistancesFrom } from "../../lib/image/distance_transform.ts";
import { randomMask } from "../support/masks.ts";

Deno.test("squared distances are those to the nearest mark", () => {
  fc.assert(
    fc.property(randomMask(), ({ width, height, pixels }) => {
      const marks = [...pixels.keys()].filter((i) => pixels[i] !== 0)
        .map((i) => [i % width, Math.floor(i / width)]);
      const expected = Float64Array.from(pixels, (_, i) => {
        const [x, y] = [i % width, Math.floor(i / width)];
        return Math.min(...marks.map(([u, v]) => (x - u) ** 2 + (y - v) ** 2));
      });
      assertEquals(squaredDistances(pixels, width, height), expected);
      const from = pixels.map((_, i) => i % 3 === 0 ? 1 : 0);
      assertEquals(
        squaredDistancesFrom(from, pixels, width, height),
        expected.filter((_, i) => i % 3 === 0),
      );
    }),
    { numRuns: 300, seed: 1 },
  );
});

Deno.test("squared distances in mm are those to the mark that is nearest in mm", () => {
  const mm = fc.double({ min: 0.01, max: 20, noNaN: true });
  fc.assert(
    fc.property(randomMask(), mm, mm, ({ width, height, pixels }, x, y) => {
      const marks = [...pixels.keys()].filter((i) => pixels[i] !== 0)
        .map((i) => [i % width, Math.floor(i / width)]);
      const expected = Array.from(pixels, (_, i) => {
        const [column, row] = [i % width, Math.floor(i / width)];
        return Math.min(...marks.map(([u, v]) => (x * (column - u)) ** 2 + (y * (row - v)) ** 2));
      });
      squaredDistances(pixels, width, height, { x, y }).forEach((found, i) =>
        assert(found === expected[i] || Math.abs(found / expected[i] - 1) < 1e-12, `${i}`)
      );
    }),
    { numRuns: 300, seed: 2 },
  );
});

Deno.test("squared distances reach from side to side of the longest image", () => {
  const marks = new Uint8Array(16384);
  marks[0] = 1;
  assertEquals(squaredDistances(marks, 1, 16384)[16383], 16383 ** 2);
  assertEquals(squaredDistances(marks, 16384, 1)[16383], 16383 ** 2);
  assertThrows(() => squaredDistances(new Uint8Array(65535), 1, 65535), RangeError);
});
