/**
 * The outlines of a mask as one SVG path along pixel edges. The path is sharp at any size, and
 * small.
 *
 * @module
 */
import { traceRings } from "../image/contours.ts";
import type { GreyImage } from "../image/image.ts";

/** The path around the pixels above `above`; empty for an empty mask. One unit is one pixel. */
export function outlinePath({ width, height, pixels }: GreyImage, above = 127): string {
  const rings = traceRings(
    { x: 0, y: 0, width, height },
    (x, y) => pixels[y * width + x] > above,
  );
  return rings.map((ring) => {
    const [[startX, startY], ...corners] = ring;
    let [x, y] = [startX, startY];
    // Closing the path draws the last edge.
    const steps = corners.map(([nextX, nextY]) => {
      const step = nextX === x ? `v${nextY - y}` : `h${nextX - x}`;
      [x, y] = [nextX, nextY];
      return step;
    });
    return `M${startX} ${startY}${steps.join("")}z`;
  }).join("");
}
