/**
 * A panel: the image, the predicted mask and the true mask side by side.
 *
 * @module
 */
import type { GreyImage } from "../image/image.ts";
import { composePng, fitInto, type PlacedPicture } from "./picture.ts";
import { COLOURS, drawing, fitText, text } from "./svg.ts";

/** The contents of a panel. The three images may differ in size: each fills the same frame. */
export interface PanelSample {
  readonly image: GreyImage;
  /** 0 outside, 255 inside. */
  readonly predicted: GreyImage;
  readonly truth: GreyImage;
  /** The name of the image file. */
  readonly title: string;
  /** The Dice of the prediction. Absent, or NaN, for an image without a lesion. */
  readonly dice?: number | undefined;
}

const FRAME = 320;
/** The narrowest frame in px, so that the text has room below narrow images. */
const NARROWEST = 240;
const SPACE = 20;
const HEADER = 52;
const CAPTION = 30;
const ZOOM = 1.5;

/** Draws a sample. Returns the bytes of a PNG file. */
export function samplePanel(sample: PanelSample): Promise<Uint8Array<ArrayBuffer>> {
  const { image, predicted, truth, title, dice } = sample;
  const size = fitInto(image, FRAME, FRAME);
  const column = Math.max(NARROWEST, size.width);
  const width = 3 * column + 4 * SPACE;
  const top = HEADER + CAPTION;
  const parts = [text(fitText(title, width - 160, 17), SPACE, 34, { size: 17, weight: 600 })];
  if (dice !== undefined && !Number.isNaN(dice)) {
    parts.push(text(`Dice ${dice.toFixed(3)}`, width - SPACE, 34, {
      size: 17,
      anchor: "end",
      fill: COLOURS.softInk,
    }));
  }
  const columns: [string, GreyImage][] = [
    ["Original", image],
    ["Predicted mask", predicted],
    ["True mask", truth],
  ];
  const pictures = columns.map(([caption, shown], k): PlacedPicture => {
    const left = SPACE + k * (column + SPACE);
    const middle = left + column / 2;
    parts.push(text(caption, middle, HEADER + 18, { anchor: "middle", fill: COLOURS.softInk }));
    return {
      picture: { ...shown, channels: 1 },
      frame: { x: middle - size.width / 2, y: top, ...size },
    };
  });
  return composePng(drawing(width, top + size.height + SPACE, ...parts), pictures, ZOOM);
}
