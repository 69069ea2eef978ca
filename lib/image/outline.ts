/**
 * The inner outline of a mask: its pixels that have at least one of their four neighbours outside.
 * An erosion by the 4-neighbourhood removes exactly these. Everything beyond the image's border is
 * outside.
 *
 * @module
 */
import type { Box } from "./contours.ts";
import type { GreyImage } from "./image.ts";

/**
 * A mask's outline: 1 on it, 0 elsewhere `[height, width]`. Pixels that are not 0 are inside.
 *
 * @param box The part of the mask to trace, by default all.
 */
export function outlineOf(
  { width, height, pixels }: GreyImage,
  box: Box = { x: 0, y: 0, width, height },
): Uint8Array<ArrayBuffer> {
  const outline = new Uint8Array(box.width * box.height);
  for (let row = 0, i = 0; row < box.height; row++) {
    const y = box.y + row;
    for (let column = 0; column < box.width; column++, i++) {
      const x = box.x + column;
      const at = y * width + x;
      if (pixels[at] === 0) continue;
      const isInner = x > 0 && x < width - 1 && y > 0 && y < height - 1 &&
        pixels[at - 1] !== 0 && pixels[at + 1] !== 0 &&
        pixels[at - width] !== 0 && pixels[at + width] !== 0;
      if (!isInner) outline[i] = 1;
    }
  }
  return outline;
}

/**
 * The smallest box that has all pixels of a mask above a value; `undefined` where there are none.
 */
export function maskBox({ width, height, pixels }: GreyImage, above = 0): Box | undefined {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0, row = 0; y < height; y++, row += width) {
    let first = row;
    while (first < row + width && pixels[first] <= above) first++;
    if (first === row + width) continue;
    let end = row + width;
    while (pixels[end - 1] <= above) end--;
    left = Math.min(left, first - row);
    right = Math.max(right, end - row);
    top = Math.min(top, y);
    bottom = y + 1;
  }
  return bottom === 0 ? undefined : { x: left, y: top, width: right - left, height: bottom - top };
}
