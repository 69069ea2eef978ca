import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type Box, traceRings } from "../../lib/image/contours.ts";
import type { GreyImage } from "../../lib/image/image.ts";
import { compressRuns, runLengths } from "../../lib/image/rle.ts";
import { decodeCocoRle, maskOfRuns } from "../support/coco.ts";
import { maskOf, randomMask } from "../support/masks.ts";

/** The rings of a mask that lies at a place in a larger one. */
const ringsOf = ({ width, pixels }: GreyImage, box: Box) =>
  traceRings(box, (x, y) => pixels[(y - box.y) * width + x - box.x] !== 0);

Deno.test("runLengths() counts column by column, outside first", () => {
  const mask = maskOf("#..", "##.");
  const box = { x: 0, y: 0, width: 3, height: 2 };
  assertEquals(runLengths(ringsOf(mask, box), mask), [0, 2, 1, 1, 2]);
  const pixel = ringsOf(maskOf("#"), { x: 1, y: 2, width: 1, height: 1 });
  assertEquals(runLengths(pixel, { width: 3, height: 4 }), [6, 1, 5]);
  assertEquals(runLengths([], { width: 3, height: 4 }), [12]);
});

Deno.test("run lengths, plain and compressed, give the mask back", () => {
  fc.assert(
    fc.property(
      randomMask(),
      fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 0, max: 40 }))),
      (mask, [left, top, right, bottom]) => {
        const size = { width: left + mask.width + right, height: top + mask.height + bottom };
        const box = { x: left, y: top, width: mask.width, height: mask.height };
        const whole = new Uint8Array(size.width * size.height);
        mask.pixels.forEach((value, index) => {
          const [x, y] = [index % mask.width, Math.floor(index / mask.width)];
          whole[(top + y) * size.width + left + x] = value;
        });
        const counts = runLengths(ringsOf(mask, box), size);
        assertEquals(maskOfRuns(counts, size.width, size.height), whole);
        assertEquals(decodeCocoRle(compressRuns(counts)), counts);
      },
    ),
    { numRuns: 500, seed: 1 },
  );
});

Deno.test("compressRuns() takes lengths of every size", () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 2 ** 26 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(lengths, (counts) => assertEquals(decodeCocoRle(compressRuns(counts)), counts)),
    { numRuns: 500, seed: 1 },
  );
});

Deno.test("maskOfRuns() refuses runs that do not fill the mask", () => {
  for (const bad of [[3], [5], [2, -1, 3], [1.5, 2.5], [4, 1]]) {
    assertThrows(() => maskOfRuns(bad, 2, 2), RangeError);
  }
});
