/**
 * The levels of a mask: its grey, where one colour on black counts as white, and its labels, the
 * numbers by which a class of a label map is chosen.
 *
 * @module
 */
import { bitsInUse, greyOf } from "../image/depth.ts";
import type { DecodedImage, GreyImage } from "../image/image.ts";
import { BLACK } from "./soft_edges.ts";

/**
 * A pixel is coloured when its channels differ by more than this. Rounding in JPEG stays far below.
 */
const COLOUR_DIFFERENCE = 32;

/** The largest distance of a shade of a colour from the line between black and the colour. */
const SHADE_DISTANCE = 24;
/** The same after JPEG, which stores colours coarsely and so smears them over edges. */
const JPEG_SHADE_DISTANCE = 80;
/** An image with more colours has been through JPEG or has been resized. */
const FEW_COLOURS = 64;
/** The share of pixels that may have another colour, and their number in small masks. */
const OTHER_SHARE = 0.001;
const OTHER_PIXELS = 8;

/** Levels that a message lists. */
const LISTED_LEVELS = 8;

/** Red, green, blue. */
export type Colour = readonly [red: number, green: number, blue: number];

/** Whether an image has a pixel whose colour differs clearly from grey. */
export function hasColour({ channels, pixels }: DecodedImage): boolean {
  if (channels < 3) return false;
  for (let i = 0; i < pixels.length; i += channels) {
    const red = pixels[i], green = pixels[i + 1], blue = pixels[i + 2];
    const difference = Math.max(red, green, blue) - Math.min(red, green, blue);
    if (difference > COLOUR_DIFFERENCE) return true;
  }
  return false;
}

/** A mask's grey: of shades of one colour, 255 for the full colour. */
export interface MaskGrey {
  readonly grey: GreyImage;
  /** The colour that became white. */
  readonly colour?: Colour;
}

/** The grey of a mask in grey, or in one colour on black; `undefined` for several colours. */
export function greyOfMask(decoded: DecodedImage): MaskGrey | undefined {
  if (!hasColour(decoded)) return { grey: greyOf(decoded, bitsInUse(decoded)) };
  const colour = mainColour(decoded);
  if (colour === undefined) return undefined;
  const { width, height, channels, pixels } = decoded;
  const full = Math.max(...colour);
  const tolerance = hasManyColours(decoded) ? JPEG_SHADE_DISTANCE : SHADE_DISTANCE;
  const shades = new Uint8Array(width * height);
  let others = 0;
  for (let i = 0, from = 0; i < shades.length; i++, from += channels) {
    const most = Math.max(pixels[from], pixels[from + 1], pixels[from + 2]);
    const share = Math.min(1, most / full);
    for (let k = 0; k < 3; k++) {
      if (Math.abs(pixels[from + k] - share * colour[k]) <= tolerance) continue;
      others++;
      break;
    }
    shades[i] = Math.round(255 * share);
  }
  if (others > Math.max(OTHER_PIXELS, OTHER_SHARE * shades.length)) return undefined;
  return { grey: { width, height, pixels: shades }, colour };
}

/** The mean of the most frequent colour that is not black, in steps of 8 levels. */
function mainColour({ channels, pixels }: DecodedImage): Colour | undefined {
  const bin = (i: number) => pixels[i] >> 3 << 10 | pixels[i + 1] >> 3 << 5 | pixels[i + 2] >> 3;
  const isBlack = (i: number) => Math.max(pixels[i], pixels[i + 1], pixels[i + 2]) <= 2 * BLACK;
  const counts = new Uint32Array(2 ** 15);
  for (let i = 0; i < pixels.length; i += channels) if (!isBlack(i)) counts[bin(i)]++;
  const most = counts.indexOf(counts.reduce((a, b) => Math.max(a, b)));
  if (counts[most] === 0) return undefined;
  const sums = [0, 0, 0];
  for (let i = 0; i < pixels.length; i += channels) {
    if (bin(i) === most && !isBlack(i)) { for (let k = 0; k < 3; k++) sums[k] += pixels[i + k]; }
  }
  const [red, green, blue] = sums.map((sum) => Math.round(sum / counts[most]));
  return [red, green, blue];
}

function hasManyColours({ channels, pixels }: DecodedImage): boolean {
  const colours = new Set<number>();
  for (let i = 0; i < pixels.length && colours.size <= FEW_COLOURS; i += channels) {
    colours.add(pixels[i] << 16 | pixels[i + 1] << 8 | pixels[i + 2]);
  }
  return colours.size > FEW_COLOURS;
}

/** The label of each pixel, and what the labels are. */
export interface Labels {
  /** One for each pixel: a level, a palette index, or a colour as 0xrrggbb. */
  readonly ids: Uint8Array | Uint16Array | Uint32Array;
  readonly kind: "grey level" | "palette index" | "colour";
}

/** The labels of a mask: the indices of its palette, its grey levels, or else its colours. */
export function labelsOf(decoded: DecodedImage): Labels {
  const { width, height, channels, pixels, palette, wide } = decoded;
  const colourAt = (values: Uint8Array, i: number) =>
    values[i] << 16 | values[i + 1] << 8 | values[i + 2];
  if (palette !== undefined) {
    const ids = new Uint8Array(width * height);
    const indices = new Map<number, number>();
    for (let k = palette.length - 3; k >= 0; k -= 3) indices.set(colourAt(palette, k), k / 3);
    for (let i = 0; i < ids.length; i++) ids[i] = indices.get(colourAt(pixels, channels * i))!;
    return { ids, kind: "palette index" };
  }
  if (hasColour(decoded)) {
    const ids = new Uint32Array(width * height);
    for (let i = 0; i < ids.length; i++) ids[i] = colourAt(pixels, channels * i);
    return { ids, kind: "colour" };
  }
  const kind = "grey level";
  if (wide === undefined) return { ids: greyOf(decoded).pixels, kind };
  if (channels === 1) return { ids: wide, kind };
  const ids = new Uint16Array(width * height);
  for (let i = 0; i < ids.length; i++) ids[i] = wide[channels * i];
  return { ids, kind };
}

/** The number of pixels of each label, ascending by label. */
export function countLabels({ ids }: Labels): Map<number, number> {
  const counts = new Map<number, number>();
  for (let i = 0; i < ids.length; i++) counts.set(ids[i], (counts.get(ids[i]) ?? 0) + 1);
  return new Map([...counts].sort(([a], [b]) => a - b));
}

/** A label as users write it: "128" or "#ff0000". */
export function labelName(id: number, kind: Labels["kind"]): string {
  return kind === "colour" ? `#${id.toString(16).padStart(6, "0")}` : String(id);
}

/** In words: "grey levels 0 (91.2 %), 1 (8.8 %)". The most frequent of many are listed. */
export function describeLabels(counts: ReadonlyMap<number, number>, kind: Labels["kind"]): string {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const listed = [...counts].sort((a, b) => b[1] - a[1]).slice(0, LISTED_LEVELS)
    .sort(([a], [b]) => a - b)
    .map(([id, count]) => `${labelName(id, kind)} (${(100 * count / total).toFixed(1)} %)`);
  const more = counts.size - listed.length;
  const kinds = kind === "palette index" ? "palette indices" : `${kind}s`;
  return `${kinds} ${listed.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
