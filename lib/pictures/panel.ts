/**
 * A panel: the image, the true mask, the predicted mask, and both compared, side by side.
 *
 * @module
 */
import type { GreyImage } from "../image/image.ts";
import { resizeGrey } from "../image/resize.ts";
import { comparison, comparisonSwatch } from "./comparison.ts";
import { composePng, fitInto, type Picture, type PlacedPicture } from "./picture.ts";
import { COLOURS, fitText, layer, text } from "./svg.ts";

/** The contents of a panel. The three images may differ in size: each fills the same frame. */
export interface PanelSample {
  readonly image: GreyImage;
  /** 0 outside, 255 inside. */
  readonly predicted: GreyImage;
  readonly truth: GreyImage;
  /** The name of the image file. */
  readonly title: string;
  /** How good the prediction is, in a few words. */
  readonly verdict: string;
}

/** The box that each picture fits into, px of the drawing. */
const FRAME = 300;
/** Picture pixels per pixel of the drawing. */
const ZOOM = 1.5;
/** The box of a picture in px of the file: no more is ever seen of an image. */
export const PANEL_PICTURE_SIDE = FRAME * ZOOM;

/** The narrowest column in px, so that the text has room below narrow images. */
const NARROWEST = 200;
const SPACE = 20;
const HEADER = 52;
const CAPTION = 30;
const LEGEND = 28;

/** Draws a sample. Returns the bytes of a PNG file. */
export function samplePanel(sample: PanelSample): Promise<Uint8Array<ArrayBuffer>> {
  const { image, predicted, truth, title, verdict } = sample;
  const size = fitInto(image, FRAME, FRAME);
  const column = Math.max(NARROWEST, size.width);
  // Stripes are as wide as they are seen.
  const seen = resizeGrey(image, Math.round(size.width * ZOOM), Math.round(size.height * ZOOM));
  const columns: [string, Picture][] = [
    ["Image", { ...image, channels: 1 }],
    ["True mask", { ...truth, channels: 1 }],
    ["Predicted mask", { ...predicted, channels: 1 }],
    ["Compared", comparison(seen, truth, predicted)],
  ];
  const leftOf = (k: number) => SPACE + k * (column + SPACE);
  const width = leftOf(columns.length);
  const top = HEADER + CAPTION;
  const bottom = top + size.height;
  const soft = { fill: COLOURS.softInk };
  const parts = [
    text(fitText(title, width / 2, 17), SPACE, 34, { size: 17, weight: 600 }),
    text(verdict, width - SPACE, 34, { size: 17, anchor: "end", ...soft }),
    ...legend(leftOf(columns.length - 1), bottom + 10),
  ];
  const pictures = columns.map(([caption, picture], k): PlacedPicture => {
    const middle = leftOf(k) + column / 2;
    parts.push(text(caption, middle, HEADER + 18, { anchor: "middle", ...soft }));
    return { picture, frame: { x: middle - size.width / 2, y: top, ...size } };
  });
  return composePng(layer(width, bottom + LEGEND + SPACE / 2, ...parts), pictures, ZOOM);
}

/** What the colours of the comparison mean. */
function legend(left: number, top: number): string[] {
  const words = [["hit", "hit", 0], ["miss", "missed", 62], ["false", "false mark", 150]] as const;
  return words.flatMap(([kind, word, x]) => [
    ...comparisonSwatch(kind, left + x, top),
    text(word, left + x + 32, top + 12, { size: 12, fill: COLOURS.softInk }),
  ]);
}
