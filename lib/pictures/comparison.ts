/**
 * A prediction compared with the truth, pixel by pixel: hits, misses and false marks in three
 * colours over the image.
 *
 * @module
 */
import type { GreyImage } from "../image/image.ts";
import { resizeGrey } from "../image/resize.ts";
import { greyAsRgb, PREDICTED_COLOUR, type Rgb, TRUTH_COLOUR } from "./overlay.ts";
import type { Picture } from "./picture.ts";

/** The colours, which differ in brightness too. What only one mask has, has its colour. */
export const COMPARISON_COLOURS = {
  hit: [0, 140, 105],
  miss: TRUTH_COLOUR,
  false: PREDICTED_COLOUR,
} as const satisfies Record<string, Rgb>;

/** The share of the colour in a pixel; the rest is the image. */
const TINT = 0.7;

/** Colours the pixels of an image. Values of masks above half are inside. */
export function comparison(image: GreyImage, truth: GreyImage, predicted: GreyImage): Picture {
  const { width, height } = image;
  const pixels = greyAsRgb(image);
  const [trueMask, predictedMask] = [truth, predicted].map((mask) => atSize(mask, image).pixels);
  for (let i = 0; i < width * height; i++) {
    const [isTrue, isPredicted] = [trueMask[i] > 127, predictedMask[i] > 127];
    if (!isTrue && !isPredicted) continue;
    const kind = !isPredicted ? "miss" : isTrue ? "hit" : "false";
    COMPARISON_COLOURS[kind].forEach((value, c) => {
      pixels[3 * i + c] = Math.round(TINT * value + (1 - TINT) * pixels[3 * i + c]);
    });
  }
  return { width, height, pixels, channels: 3 };
}

function atSize(mask: GreyImage, { width, height }: GreyImage): GreyImage {
  return mask.width === width && mask.height === height ? mask : resizeGrey(mask, width, height);
}
