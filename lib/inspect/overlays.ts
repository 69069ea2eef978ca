/**
 * Bright marks that a scanner drew into an image: calipers, text, arrows. A hint only.
 *
 * A mark is thin and of one brightness, with edges of one pixel, brighter than what echoes there;
 * tissue, even a bright boundary, rises over several pixels. So a pixel is part of a stroke when it
 * is bright and clearly brighter than both pixels two steps away, across it in some direction;
 * where such pixels lie close together is a mark.
 *
 * @module
 */
import type { GreyImage } from "../image/image.ts";

/** Strokes are at least so bright, and so much brighter than both sides. */
const BRIGHT = 170;
const ABOVE_SIDES = 90;
const STEP = 2;

/** So many stroke pixels in one tile of 16x16 px are a mark. */
const TILE = 16;
const PER_TILE = 10;

/** Fewer tiles may be bright boundaries, or the sign that scanners put into a corner. */
const FEWEST_TILES = 4;

/** Whether an image seems to have marks drawn into it. */
export function hasOverlay(image: GreyImage): boolean {
  return tilesWithMarks(image) >= FEWEST_TILES;
}

/** In how many tiles of 16x16 px there is a mark. */
function tilesWithMarks({ width, height, pixels }: GreyImage): number {
  const across = Math.ceil(width / TILE);
  const counts = new Uint16Array(across * Math.ceil(height / TILE));
  const directions = [STEP, STEP * width, STEP * width + STEP, STEP * width - STEP];
  for (let y = STEP; y < height - STEP; y++) {
    for (let x = STEP, i = y * width + STEP; x < width - STEP; x++, i++) {
      const value = pixels[i];
      if (value < BRIGHT) continue;
      const least = value - ABOVE_SIDES;
      if (!directions.some((step) => pixels[i - step] <= least && pixels[i + step] <= least)) {
        continue;
      }
      counts[Math.floor(y / TILE) * across + Math.floor(x / TILE)]++;
    }
  }
  return counts.filter((count) => count >= PER_TILE).length;
}
