/**
 * Size and position of the lesions of one image, from all its masks together.
 *
 * @module
 */
import { connectedComponents } from "../image/components.ts";
import { type Box, boxAround } from "../image/contours.ts";
import type { GreyImage } from "../image/image.ts";
import { unionOf } from "../image/union.ts";
import { boxesOf, MOST_PLACES, stripsAtBorder } from "./boxes.ts";

/** A component smaller than this share of the largest, and than this number of px, is a speck. */
const SPECK_SHARE = 0.01;
const SPECK_PX = 100;

/** The facts of an image's lesions. */
export interface LesionFacts {
  /** Lesion area as a share of the image, 0 to 1. */
  readonly share: number;
  readonly px: number;
  /** Centre of mass, 0 to 1 from the left and from the top. */
  readonly x: number;
  readonly y: number;
  /** The number of 8-connected components that are not specks, and of specks. */
  readonly parts: number;
  readonly specks: number;
  /** The smallest box around all components, px. */
  readonly box: Box;
  /** The boxes of the first 20 specks, row by row. */
  readonly speckPlaces: readonly Box[];
  /** Where components touch the border of the image: strips of 1 px, 20 at most. */
  readonly borderPlaces: readonly Box[];
}

/**
 * Measures the lesions in masks of one size; values above half are inside. `undefined` without a
 * lesion.
 */
export function lesionOf(masks: readonly GreyImage[]): LesionFacts | undefined {
  const { width, height, pixels: inside } = unionOf(masks);
  let px = 0, sumX = 0, sumY = 0;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      inside[i] = inside[i] > 127 ? 1 : 0;
      if (inside[i] === 0) continue;
      px++;
      sumX += x;
      sumY += y;
    }
  }
  if (px === 0) return undefined;
  const { labels, areas } = connectedComponents({ width, height, pixels: inside });
  const most = areas.reduce((a, b) => Math.max(a, b));
  const isSpeck = (area: number) => area < SPECK_PX && area < SPECK_SHARE * most;
  const specks = areas.reduce((count, area) => isSpeck(area) ? count + 1 : count, 0);
  const boxes = boxesOf(labels, areas.length, width);
  return {
    share: px / inside.length,
    px,
    x: (sumX / px + 0.5) / width,
    y: (sumY / px + 0.5) / height,
    parts: areas.length - specks,
    specks,
    box: boxAround(boxes),
    speckPlaces: boxes.filter((_, k) => isSpeck(areas[k])).slice(0, MOST_PLACES),
    borderPlaces: stripsAtBorder({ width, height, pixels: inside }).slice(0, MOST_PLACES),
  };
}
