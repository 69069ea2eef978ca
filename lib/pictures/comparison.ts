/**
 * A prediction compared with the truth, pixel by pixel: hits, misses and false marks over the
 * image.
 *
 * Hits are plain. Misses and false marks are hatched, each its own way, so that they differ in grey
 * and for readers who see no hues.
 *
 * @module
 */
import type { GreyImage } from "../image/image.ts";
import { resizeGrey } from "../image/resize.ts";
import { rgb } from "./lines.ts";
import { greyAsRgb, PREDICTED_COLOUR, type Rgb, TRUTH_COLOUR } from "./overlay.ts";
import type { Picture } from "./picture.ts";
import { element } from "./svg.ts";

/** The colours. What only one mask has, has the colour of its outline. */
export const COMPARISON_COLOURS = {
  hit: [0, 158, 115],
  miss: TRUTH_COLOUR,
  false: PREDICTED_COLOUR,
} as const satisfies Record<string, Rgb>;

/** What a pixel of both masks together is. */
export type ComparedKind = keyof typeof COMPARISON_COLOURS;

/** The share of the colour in plain pixels, between stripes and on stripes; the rest is image. */
const PLAIN = 0.6;
const BETWEEN = 0.4;
const STRIPE = 0.95;
/** The distance of stripes along a row, and their width, px. */
const PERIOD = 9;
const WIDTH = 3;

/** Colours the pixels of an image. Values of masks above half are inside. */
export function comparison(image: GreyImage, truth: GreyImage, predicted: GreyImage): Picture {
  const { width, height } = image;
  const pixels = greyAsRgb(image);
  const [trueMask, predictedMask] = [truth, predicted].map((mask) =>
    resizeGrey(mask, width, height).pixels
  );
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const [isTrue, isPredicted] = [trueMask[i] > 127, predictedMask[i] > 127];
      if (!isTrue && !isPredicted) continue;
      const kind = !isPredicted ? "miss" : isTrue ? "hit" : "false";
      const tint = tintOf(kind, x, y);
      COMPARISON_COLOURS[kind].forEach((value, c) => {
        pixels[3 * i + c] = Math.round(tint * value + (1 - tint) * pixels[3 * i + c]);
      });
    }
  }
  return { width, height, pixels, channels: 3 };
}

/** Stripes of misses rise to the right, those of false marks fall. */
function tintOf(kind: ComparedKind, x: number, y: number): number {
  if (kind === "hit") return PLAIN;
  const along = kind === "miss" ? x + y : x - y + PERIOD * y;
  return along % PERIOD < WIDTH ? STRIPE : BETWEEN;
}

/** A sample of a kind on dark ground, for a legend; 26x14 px. */
export function comparisonSwatch(kind: ComparedKind, x: number, y: number): string[] {
  const colour = rgb(COMPARISON_COLOURS[kind]);
  const [width, height] = [26, 14];
  const ground = element("rect", { x, y, width, height, rx: 2, fill: "#30363d" });
  const plain = { x, y, width, height, rx: 2, fill: colour };
  if (kind === "hit") return [ground, element("rect", plain)];
  // A stripe goes from one long side to the other, and is moved by a share of the width.
  const stripes = [2, 8, 14].map((from) =>
    kind === "miss"
      ? `M${x + from} ${y + height}l${height - 4} ${-height}`
      : `M${x + from} ${y}l${height - 4} ${height}`
  );
  return [
    ground,
    element("rect", { ...plain, "fill-opacity": BETWEEN }),
    element("path", { d: stripes.join(""), stroke: colour, "stroke-width": 2 }),
  ];
}
