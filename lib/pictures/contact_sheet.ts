/**
 * A contact sheet: many images with the outlines of their masks, in justified rows.
 *
 * @module
 */
import type { GreyImage } from "../image/image.ts";
import { justify } from "./justify.ts";
import { type Lines, linesOver, lineSwatch } from "./lines.ts";
import { composePng, type Picture, type PlacedPicture } from "./picture.ts";
import { COLOURS, fitText, layer, text } from "./svg.ts";

/** One image of a contact sheet, with the masks to outline and the places to mark. */
export interface SheetItem extends Lines {
  readonly name: string;
  readonly image: GreyImage | Picture;
  readonly dice?: number | undefined;
  /** A short word below the name, instead of a Dice. */
  readonly words?: string | undefined;
}

export interface SheetOptions {
  readonly title?: string;
  /** About how many pictures of usual proportions are in a row. */
  readonly columns?: number;
  /** Picture pixels per layout pixel. */
  readonly zoom?: number;
  /** What a mark around a place means, for the legend. */
  readonly placeWord?: string | undefined;
}

/** The width of a column, and the wished height of a row. */
const COLUMN = 236;
const ROW = 176;
const SPACE = 12;
const EDGE = 16;
/** The narrowest picture, as a share of its height, so that its name has room below it. */
const NARROWEST = 0.5;
const LINE_OF_CAPTION = 16;
const HEADER = 84;
const ZOOM = 2;
/** The narrowest sheet: its title and its legend have room. */
const LEAST_WIDTH = 480;
const TEXT = 12;

/** Tiles images with their outlines into one picture. Returns the bytes of a PNG file. */
export function contactSheet(
  items: readonly SheetItem[],
  { title = "Predictions", columns = 4, zoom = ZOOM, placeWord = "place" }: SheetOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const rows = justify(
    items.map(({ image: { width, height } }) => Math.max(NARROWEST, width / height)),
    { width: columns * COLUMN - SPACE, height: ROW, space: SPACE },
  );
  const width = Math.max(LEAST_WIDTH, rows.width + 2 * EDGE);
  const captions = items.map(captionOf);
  const captionHeight = LINE_OF_CAPTION * Math.max(1, ...captions.map((lines) => lines.length)) + 6;
  const tops = [HEADER];
  for (const height of rows.heights) tops.push(tops.at(-1)! + height + captionHeight + SPACE);

  const parts = [
    text(fitText(title, width - 2 * EDGE, 18), EDGE, 34, { size: 18, weight: 600 }),
    ...legend(items, placeWord),
  ];
  const pictures = items.map((item, k): PlacedPicture => {
    const { image } = item;
    const { row, x, width, height } = rows.cells[k];
    const own = Math.min(width, Math.max(1, Math.round(height * image.width / image.height)));
    const frame = { x: EDGE + x, y: tops[row], width: own, height };
    parts.push(...linesOver(item, frame, image, zoom));
    captions[k].forEach((line, index) =>
      parts.push(
        text(
          fitText(line, width, TEXT),
          frame.x,
          frame.y + height + LINE_OF_CAPTION * (index + 1),
          {
            size: TEXT,
            fill: index === 0 ? COLOURS.ink : COLOURS.softInk,
          },
        ),
      )
    );
    return { picture: "channels" in image ? image : { ...image, channels: 1 }, frame };
  });
  return composePng(layer(width, tops.at(-1)! + 4, ...parts), pictures, zoom);
}

/** The lines below an image. */
function captionOf({ name, dice, words }: SheetItem): string[] {
  const below = dice === undefined || Number.isNaN(dice) ? words : `Dice ${dice.toFixed(3)}`;
  return below === undefined ? [name] : [name, below];
}

/** What the lines on a sheet mean; a mask that is compared with nothing is just a mask. */
function legend(items: readonly SheetItem[], placeWord: string): string[] {
  const has = (kind: keyof Lines) => items.some((item) => item[kind] !== undefined);
  const hasPredicted = has("predicted");
  const entries: (readonly [keyof Lines, string])[] = [];
  if (hasPredicted) entries.push(["predicted", "predicted"]);
  if (has("truth")) entries.push(["truth", hasPredicted ? "true" : "mask"]);
  if (has("places")) entries.push(["places", placeWord]);
  let x = EDGE;
  return entries.flatMap(([kind, word]) => {
    const parts = [
      ...lineSwatch(kind, x, 51),
      text(word, x + 33, 63, { size: 13, fill: COLOURS.softInk }),
    ];
    x += 33 + 7 * word.length + 20;
    return parts;
  });
}
