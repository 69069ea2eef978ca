/**
 * Masks for tests: drawn by hand, and random ones of all kinds.
 *
 * @module
 */
import fc from "fast-check";
import { type Box, type Ring, traceRings } from "../../lib/image/contours.ts";
import type { GreyImage } from "../../lib/image/image.ts";

/** A mask from lines of "#" (1) and anything else (0). */
export function maskOf(...lines: string[]): GreyImage {
  const width = lines[0].length;
  return {
    width,
    height: lines.length,
    pixels: Uint8Array.from(lines.join(""), (letter) => letter === "#" ? 1 : 0),
  };
}

/**
 * Random masks (0 and 1): noise of any density, with and without a border of pixels, and nested
 * rings.
 */
export function randomMask(): fc.Arbitrary<GreyImage> {
  const size = fc.integer({ min: 1, max: 14 });
  return fc.tuple(size, size, fc.constantFrom("noise", "frame", "rings")).chain(
    ([width, height, kind]) =>
      fc.record({
        density: fc.constantFrom(0.05, 0.3, 0.5, 0.7, 0.95),
        noise: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
          minLength: width * height,
          maxLength: width * height,
        }),
      }).map(({ density, noise }) => {
        const pixels = Uint8Array.from(noise, (value) => value < density ? 1 : 0);
        for (let index = 0; index < pixels.length; index++) {
          const [x, y] = [index % width, Math.floor(index / width)];
          const depth = Math.min(x, y, width - 1 - x, height - 1 - y);
          if (kind === "frame" && depth === 0) pixels[index] = 1;
          // Some rings have gaps.
          if (kind === "rings") pixels[index] = depth % 2 === 0 && noise[index] < 0.97 ? 1 : 0;
        }
        return { width, height, pixels };
      }),
  );
}

/** The rings around the pixels of a mask that fills a box, by default at the top left. */
export function ringsOf(
  { width, height, pixels }: GreyImage,
  box: Box = { x: 0, y: 0, width, height },
): Ring[] {
  return traceRings(box, (x, y) => pixels[(y - box.y) * width + x - box.x] !== 0);
}
