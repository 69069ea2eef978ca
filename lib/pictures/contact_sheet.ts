/**
 * A contact sheet: many images with the outlines of their masks.
 *
 * @module
 */
import type { GreyImage } from "../image/image.ts";
import { drawOutline, greyAsRgb, PREDICTED_COLOUR, type Rgb, TRUTH_COLOUR } from "./overlay.ts";
import { composePng, fitInto, type Picture, type PlacedPicture } from "./picture.ts";
import { COLOURS, drawing, element, fitText, text } from "./svg.ts";

/** One image of a contact sheet: with masks to outline, or with outlines already drawn. */
export type SheetItem = SheetCaption & (SheetMasks | { readonly drawn: Picture });

/** The caption below an image. */
export interface SheetCaption {
  readonly name: string;
  readonly dice?: number | undefined;
  /** A short word beside the name, instead of a Dice. */
  readonly words?: string | undefined;
}

/** An image and its masks. */
export interface SheetMasks {
  readonly image: GreyImage;
  /** The predicted mask, outlined if given. */
  readonly predicted?: GreyImage | undefined;
  /** The true mask, outlined if given. */
  readonly truth?: GreyImage | undefined;
}

export interface SheetOptions {
  readonly title?: string;
  readonly columns?: number;
  /** Picture pixels per layout pixel. */
  readonly zoom?: number;
}

const CELL = 220;
const SPACE = 16;
const CAPTION = 26;
const HEADER = 84;
const ZOOM = 2;

/** Tiles images with their outlines into one picture. Returns the bytes of a PNG file. */
export function contactSheet(
  items: readonly SheetItem[],
  { title = "Predictions", columns = 4, zoom = ZOOM }: SheetOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const across = Math.max(2, Math.min(columns, items.length));
  const rows = Math.ceil(items.length / across);
  const width = across * (CELL + SPACE) + SPACE;
  const pictures: PlacedPicture[] = [];
  const parts = [text(fitText(title, width - 2 * SPACE, 18), SPACE, 34, { size: 18, weight: 600 })];
  const hasPredicted = items.length === 0 ||
    items.some((item) => "drawn" in item || item.predicted);
  if (hasPredicted) parts.push(...legend([PREDICTED_COLOUR, "predicted"], SPACE));
  if (items.some((item) => "truth" in item && item.truth)) {
    const word = hasPredicted ? "true" : "mask";
    parts.push(...legend([TRUTH_COLOUR, word], SPACE + (hasPredicted ? 110 : 0)));
  }

  const tops = new Array<number>(rows + 1).fill(HEADER);
  for (let row = 0; row < rows; row++) {
    const inRow = items.slice(row * across, (row + 1) * across);
    const heights = inRow.map((item) => fitInto(frameOf(item), CELL, CELL).height);
    tops[row + 1] = tops[row] + Math.max(...heights) + CAPTION + SPACE;
  }
  items.forEach((item, index) => {
    const x = SPACE + (index % across) * (CELL + SPACE);
    const y = tops[Math.floor(index / across)];
    const size = fitInto(frameOf(item), CELL, CELL);
    pictures.push({ picture: outlined(item), frame: { x, y, ...size } });
    parts.push(...caption(item, x, y + size.height + 17, size.width));
  });
  return composePng(drawing(width, tops[rows] + 4, ...parts), pictures, zoom);
}

function frameOf(item: SheetItem): { readonly width: number; readonly height: number } {
  return "drawn" in item ? item.drawn : item.image;
}

/** The image with the outlines of its masks. */
function outlined(item: SheetItem): Picture {
  if ("drawn" in item) return item.drawn;
  const { image, predicted, truth } = item;
  const pixels = greyAsRgb(image);
  if (truth) drawOutline(pixels, image, truth, TRUTH_COLOUR);
  if (predicted) {
    // The prediction is drawn last, so it covers the truth where both agree.
    drawOutline(pixels, image, predicted, PREDICTED_COLOUR);
  }
  return { width: image.width, height: image.height, pixels, channels: 3 };
}

function caption(
  { name, dice, words }: SheetCaption,
  x: number,
  y: number,
  width: number,
): string[] {
  const size = 12;
  const beside = dice === undefined || Number.isNaN(dice) ? words : `Dice ${dice.toFixed(3)}`;
  if (beside === undefined) return [text(fitText(name, CELL, size), x, y, { size })];
  return [
    text(fitText(name, width - 66, size), x, y, { size }),
    text(fitText(beside, Math.max(66, width - 7 * name.length), size), x + width, y, {
      size,
      anchor: "end",
      fill: COLOURS.softInk,
    }),
  ];
}

function legend([colour, word]: readonly [Rgb, string], x: number): string[] {
  return [
    element("rect", { x, y: 52, width: 18, height: 12, rx: 3, fill: `rgb(${colour.join(",")})` }),
    text(word, x + 25, 63, { size: 13, fill: COLOURS.softInk }),
  ];
}
