import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { GreyImage } from "../../lib/image/image.ts";
import { EDGE_COLOUR, overlay, PREDICTED_COLOUR } from "../../lib/pictures/overlay.ts";

function randomPair(width: number, height: number, bits: readonly boolean[]) {
  const image = Uint8Array.from({ length: width * height }, (_, i) => (i * 7) % 200);
  const mask = Uint8Array.from(image, (_, i) => bits[i % bits.length] ? 255 : 0);
  const of = (pixels: Uint8Array): GreyImage => ({ width, height, pixels });
  return { image: of(image), mask: of(mask) };
}

Deno.test("overlay() colours the mask's pixels with a neighbour outside, and darkens these neighbours", () => {
  const sides = fc.integer({ min: 1, max: 12 });
  const bits = fc.array(fc.boolean(), { minLength: 1, maxLength: 150 });
  fc.assert(fc.property(sides, sides, bits, (width, height, bits) => {
    const { image, mask } = randomPair(width, height, bits);
    const isInside = (x: number, y: number) =>
      x >= 0 && x < width && y >= 0 && y < height && mask.pixels[y * width + x] > 0;
    const rgb = overlay(image, mask);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const i = y * width + x;
        const beside = [[x - 1, y], [x + 1, y], [x, y - 1], [x, y + 1]]
          .map(([column, row]) => isInside(column, row));
        const isOutline = isInside(x, y) && !beside.every(Boolean);
        const isEdge = !isInside(x, y) && beside.some(Boolean);
        const grey = image.pixels[i];
        const expected = isOutline
          ? [...PREDICTED_COLOUR]
          : isEdge
          ? [...EDGE_COLOUR]
          : [grey, grey, grey];
        assertEquals([...rgb.subarray(3 * i, 3 * i + 3)], expected);
      }
    }
  }));
});

Deno.test("overlay() draws wider lines on larger images", () => {
  for (const [width, line, edge] of [[590, 1, 1], [640, 2, 1], [1600, 4, 2]]) {
    const image: GreyImage = { width, height: 40, pixels: new Uint8Array(width * 40) };
    const pixels = image.pixels.map((_, i) => {
      const y = Math.floor(i / width);
      return y >= 10 && y < 30 ? 255 : 0;
    });
    const rgb = overlay(image, { ...image, pixels });
    const rows = (colour: readonly number[]) =>
      Array.from({ length: 40 }, (_, y) => y)
        .filter((y) => rgb[3 * (y * width + 300)] === colour[0]);
    const span = (from: number, length: number) => Array.from({ length }, (_, k) => from + k);
    assertEquals(rows(PREDICTED_COLOUR), [...span(10, line), ...span(30 - line, line)]);
    assertEquals(rows(EDGE_COLOUR), [...span(10 - edge, edge), ...span(30, edge)]);
  }
});

Deno.test("overlay() leaves the image alone where the mask is black, and changes no input", () => {
  const { image, mask } = randomPair(9, 7, [false]);
  const before = image.pixels.slice();
  assertEquals(
    overlay(image, mask),
    Uint8Array.from({ length: 189 }, (_, k) => image.pixels[Math.floor(k / 3)]),
  );
  assertEquals(image.pixels, before);
});

Deno.test("overlay() refuses a mask of another size", () => {
  const { image } = randomPair(6, 4, [true]);
  assertThrows(() => overlay(image, { ...image, width: 4, height: 6 }), RangeError, "4x6");
});
