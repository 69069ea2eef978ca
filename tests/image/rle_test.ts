import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { compressRuns, decompressRuns, fillRuns, runLengths } from "../../lib/image/rle.ts";
import { decodeCocoRle, maskOfRuns } from "../support/coco.ts";
import { maskOf, randomMask, ringsOf } from "../support/masks.ts";

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

Deno.test("decompressRuns() reads what compressRuns() writes, and fillRuns() the mask", () => {
  fc.assert(
    fc.property(randomMask(), (mask) => {
      const { width, height, pixels } = mask;
      const counts = runLengths(ringsOf(mask), mask);
      const text = compressRuns(counts);
      assertEquals(decompressRuns(text, pixels.length + 1), counts);
      assertEquals(decompressRuns(text, counts.length - 1), undefined);
      const filled = { width, height, pixels: new Uint8Array(pixels.length) };
      assertEquals(fillRuns(filled, counts), true);
      assertEquals(filled.pixels, pixels.map((value) => 255 * value));
    }),
    { numRuns: 300, seed: 6 },
  );
});

Deno.test("decompressRuns() and fillRuns() refuse what is no run-length code", () => {
  for (const text of ["\n", "/", "p", "ä", "0P", "P", "oooooooooo"]) {
    assertEquals(decompressRuns(text, 100), undefined, text);
  }
  const mask = () => ({ width: 3, height: 2, pixels: new Uint8Array(6) });
  for (const counts of [[], [5], [7], [8, -2], [2.5, 3.5], [NaN], [Infinity], ["6"]]) {
    const into = mask();
    assertEquals(fillRuns(into, counts as number[]), false);
    assertEquals(into.pixels.includes(255), false);
  }
  assertEquals(fillRuns(mask(), [0, 6]), true);
});
