/**
 * Detects bright marks that a scanner drew into an image: calipers, text, arrows. The result is
 * only a hint.
 *
 * A mark is thin, of one brightness, and brighter than the tissue, with edges of one pixel. Tissue,
 * even a bright boundary, rises over several pixels. A pixel therefore belongs to a stroke when it
 * is bright and clearly brighter than both pixels two steps away in some direction. A mark is a
 * tile with many such pixels.
 *
 * @module
 */
import { connectedComponents } from "../image/components.ts";
import type { Box } from "../image/contours.ts";
import type { GreyImage } from "../image/image.ts";
import { boxesOf, MOST_PLACES } from "./boxes.ts";

/** The least brightness of a stroke, its least excess over both sides, and their distance in px. */
const BRIGHT = 170;
const ABOVE_SIDES = 90;
const STEP = 2;

/** The side of a tile in px, and the least number of stroke pixels in a tile with a mark. */
const TILE = 16;
const PER_TILE = 10;

/** Fewer tiles may be bright boundaries, or the logo that scanners put into a corner. */
const FEWEST_TILES = 4;

/** Where an image seems to have marks drawn into it, in px: 20 places at most. */
export function overlayPlaces(image: GreyImage): Box[] {
  const tiles = tilesWithMarks(image);
  if (tiles.pixels.filter((mark) => mark === 1).length < FEWEST_TILES) return [];
  // A dotted line leaves tiles between those with a mark, so tiles join over one without.
  const { labels, areas } = connectedComponents(grown(tiles));
  const ofMarks = labels.map((label, i) => tiles.pixels[i] === 1 ? label : 0);
  return boxesOf(ofMarks, areas.length, tiles.width).slice(0, MOST_PLACES).map((box) => {
    const [x, y] = [box.x * TILE, box.y * TILE];
    return {
      x,
      y,
      width: Math.min(image.width - x, box.width * TILE),
      height: Math.min(image.height - y, box.height * TILE),
    };
  });
}

/** A mask with all neighbours of its pixels. */
function grown({ width, height, pixels }: GreyImage): GreyImage {
  const more = new Uint8Array(pixels.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (pixels[y * width + x] === 0) continue;
      for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++) {
        more.fill(1, row * width + Math.max(0, x - 1), row * width + Math.min(width, x + 2));
      }
    }
  }
  return { width, height, pixels: more };
}

/** A pixel for each tile: 1 for one with a mark. */
function tilesWithMarks({ width, height, pixels }: GreyImage): GreyImage {
  const across = Math.ceil(width / TILE);
  const down = Math.ceil(height / TILE);
  const counts = new Uint16Array(across * down);
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
  const marks = Uint8Array.from(counts, (count) => count >= PER_TILE ? 1 : 0);
  return { width: across, height: down, pixels: marks };
}
