/**
 * The labels of a mask: the numbers and colours that its file has, by which a class of a label map
 * is chosen. Grey levels of 8 bits tell fewer of them apart.
 *
 * @module
 */
import { greyOf } from "../image/depth.ts";
import type { DecodedImage, GreyImage } from "../image/image.ts";
import { hasColour } from "./mask_levels.ts";
import { FEW_LEVELS, forgivenPixels } from "./soft_edges.ts";

/** A mask with more labels is no label map. */
const MOST_LABELS = 256;

/** A photograph has millions of colours: beyond this many labels are not counted. */
const MOST_COUNTED = 4096;

/** Labels that a message lists. */
const LISTED_LABELS = 8;

/** The radius of the even areas that labels form; of few labels, and of many as JPEG makes them. */
const LABEL_RADIUS = 1, BLOCK_RADIUS = 5;

/** The label of each pixel, and what the labels are. */
export interface Labels {
  /** One for each pixel: a level, a palette index, or a colour as 0xrrggbb. */
  readonly ids: Uint8Array | Uint16Array | Uint32Array;
  readonly kind: "grey level" | "palette index" | "colour";
}

/** The labels of a mask: the indices of its palette, its grey levels, or else its colours. */
export function labelsOf(decoded: DecodedImage): Labels {
  const { channels, indices, wide } = decoded;
  if (indices !== undefined) return { ids: indices, kind: "palette index" };
  if (hasColour(decoded) || hasTint(decoded)) return { ids: coloursOf(decoded), kind: "colour" };
  const kind = "grey level";
  if (wide === undefined) return { ids: greyOf(decoded).pixels, kind };
  if (channels === 1) return { ids: wide, kind };
  const ids = new Uint16Array(wide.length / channels);
  for (let i = 0; i < ids.length; i++) ids[i] = wide[channels * i];
  return { ids, kind };
}

/** Whether a colour differs from grey at all. JPEG tints grey, so in JPEG this means nothing. */
function hasTint({ channels, pixels, format }: DecodedImage): boolean {
  if (channels < 3 || format === "jpeg") return false;
  for (let i = 0; i < pixels.length; i += channels) {
    if (pixels[i] !== pixels[i + 1] || pixels[i] !== pixels[i + 2]) return true;
  }
  return false;
}

function coloursOf({ width, height, channels, pixels }: DecodedImage): Uint32Array {
  const ids = new Uint32Array(width * height);
  for (let i = 0, at = 0; i < ids.length; i++, at += channels) {
    ids[i] = pixels[at] << 16 | pixels[at + 1] << 8 | pixels[at + 2];
  }
  return ids;
}

/**
 * The number of pixels of each label, ascending by label. Counting ends at the first label beyond
 * {@linkcode MOST_COUNTED}.
 */
export function countLabels({ ids }: Labels): Map<number, number> {
  const counts = new Map<number, number>();
  for (let i = 0; i < ids.length && counts.size <= MOST_COUNTED; i++) {
    counts.set(ids[i], (counts.get(ids[i]) ?? 0) + 1);
  }
  return new Map([...counts].sort(([a], [b]) => a - b));
}

/** Whether the labels of a mask can be classes. JPEG and resizing make many out of each. */
export function hasClasses(
  { format }: DecodedImage,
  counts: ReadonlyMap<number, number>,
): boolean {
  return format !== "jpeg" && counts.size <= MOST_LABELS;
}

/** A label as users write it: "128" or "#ff0000". */
export function labelName(id: number, kind: Labels["kind"]): string {
  return kind === "colour" ? `#${id.toString(16).padStart(6, "0")}` : String(id);
}

/** The number of labels in words: "3", "more than 4096". */
export function numberOfLabels({ size }: ReadonlyMap<number, number>): string {
  return size > MOST_COUNTED ? `more than ${MOST_COUNTED}` : String(size);
}

/** In words: "grey levels 0 (91.2 %), 1 (8.8 %)". The most frequent of many are listed. */
export function describeLabels(counts: ReadonlyMap<number, number>, kind: Labels["kind"]): string {
  const kinds = kind === "palette index" ? "palette indices" : `${kind}s`;
  if (counts.size > MOST_COUNTED) return `${numberOfLabels(counts)} ${kinds}`;
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const listed = byCount(counts).slice(0, LISTED_LABELS).sort(([a], [b]) => a - b)
    .map(([id, count]) => `${labelName(id, kind)} (${(100 * count / total).toFixed(1)} %)`);
  const more = counts.size - listed.length;
  return `${kinds} ${listed.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** An example of a class: the most frequent label that seems not to be the background. */
export function exampleOf({ kind }: Labels, counts: ReadonlyMap<number, number>): string {
  const [[first], ...others] = byCount(counts);
  const [[id]] = [...others.filter(([id]) => id !== 0), [first]];
  return labelName(id, kind);
}

function byCount(counts: ReadonlyMap<number, number>): [id: number, count: number][] {
  return [...counts].sort((a, b) => b[1] - a[1]);
}

/**
 * The labels of a mask whose grey may tell fewer apart: 16-bit levels, and colours that are nearly
 * grey. `undefined` for others.
 */
export function labelsBeyondGrey(decoded: DecodedImage): Labels | undefined {
  if (decoded.wide !== undefined) return labelsOf(decoded);
  return hasTint(decoded) ? { ids: coloursOf(decoded), kind: "colour" } : undefined;
}

/** Whether labels that form areas have the grey level of other labels, and so would be lost. */
export function losesLabels(
  { ids }: Labels,
  counts: ReadonlyMap<number, number>,
  { width, height, pixels }: GreyImage,
): boolean {
  const main = new Map<number, number>();
  for (let i = 0; i < ids.length; i++) {
    const known = main.get(pixels[i]);
    if (known === undefined || counts.get(ids[i])! > counts.get(known)!) {
      main.set(pixels[i], ids[i]);
    }
  }
  if (main.size === counts.size) return false;
  const radius = counts.size > FEW_LEVELS ? BLOCK_RADIUS : LABEL_RADIUS;
  let lost = 0;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (ids[i] !== main.get(pixels[i]) && isArea(ids, width, height, x, y, radius)) lost++;
    }
  }
  return lost > forgivenPixels(ids.length);
}

function isArea(
  ids: Labels["ids"],
  width: number,
  height: number,
  x: number,
  y: number,
  radius: number,
): boolean {
  for (let v = Math.max(0, y - radius); v <= Math.min(height - 1, y + radius); v++) {
    for (let u = Math.max(0, x - radius); u <= Math.min(width - 1, x + radius); u++) {
      if (ids[v * width + u] !== ids[y * width + x]) return false;
    }
  }
  return true;
}
