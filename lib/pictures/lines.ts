/**
 * Draws the outlines of masks, and marks around places, over a picture in a drawing. Lines are as
 * wide as they are seen, whatever the size of the image: they are drawn after it was scaled.
 *
 * Each line has a dark edge, because tissue may be as bright as the line. The prediction is solid
 * and the truth dashed, so that they differ in grey and where they lie on each other.
 *
 * @module
 */
import type { Box } from "../image/contours.ts";
import type { GreyImage } from "../image/image.ts";
import { resizeGrey } from "../image/resize.ts";
import { smoothOutlinePath } from "./outline_path.ts";
import { EDGE_COLOUR, MARK_COLOUR, PREDICTED_COLOUR, type Rgb, TRUTH_COLOUR } from "./overlay.ts";
import type { Frame } from "./picture.ts";
import { type Attributes, element } from "./svg.ts";

/** The width of a line and of its dark edge on each side, in px of the drawing. */
const LINE = 2;
const EDGE = 0.75;
/** The lengths of a dash and of a gap. */
const DASH = [6, 4];

/** The least radius of the circle around a place, and its distance from the place. */
const LEAST_RADIUS = 10;
const AROUND = 4;
/** A place with a longer side has a box instead of a circle. */
const LARGEST_IN_CIRCLE = 32;

/** What is drawn over a picture. */
export interface Lines {
  /** The predicted mask. */
  readonly predicted?: GreyImage | undefined;
  /** The true mask. */
  readonly truth?: GreyImage | undefined;
  /** Places to mark, in px of the image. */
  readonly places?: readonly Box[] | undefined;
}

/** How a line is drawn. */
interface Stroke {
  readonly colour: Rgb;
  readonly width: number;
  readonly dashed?: boolean;
}

const STROKES: Readonly<Record<keyof Lines, Stroke>> = {
  predicted: { colour: PREDICTED_COLOUR, width: LINE },
  truth: { colour: TRUTH_COLOUR, width: LINE, dashed: true },
  places: { colour: MARK_COLOUR, width: LINE },
};

const EDGE_STROKE: Stroke = { colour: EDGE_COLOUR, width: LINE + 2 * EDGE };

/** Draws the same shape with any stroke. */
type Shape = (stroke: Stroke) => string;

/**
 * The lines over a picture that fills a frame. No line leaves the frame.
 *
 * @param size The size of the image in px, in which places are given.
 * @param zoom Picture pixels per layout pixel: a mask is enlarged to these before it is traced.
 */
export function linesOver(
  { predicted, truth, places = [] }: Lines,
  frame: Frame,
  size: Pick<Frame, "width" | "height">,
  zoom: number,
): string[] {
  const shapes: (readonly [keyof Lines, Shape])[] = [];
  // The truth lies on the prediction: where they agree, the gaps of its dashes show the other.
  for (const [kind, mask] of [["predicted", predicted], ["truth", truth]] as const) {
    if (mask) shapes.push([kind, outlineShape(mask, frame, zoom)]);
  }
  // All edges lie below all lines, so that no line is hidden by the edge of another.
  const lines = [
    ...shapes.map(([, shape]) => shape(EDGE_STROKE)),
    ...shapes.map(([kind, shape]) => shape(STROKES[kind])),
  ];
  for (const place of places) {
    const shape = markShape(place, frame, size);
    lines.push(shape(EDGE_STROKE), shape(STROKES.places));
  }
  return lines;
}

/**
 * The outlines of masks given as paths, in a part of the drawing that is enlarged `scale` times.
 */
export function pathLines(
  paths: Readonly<Record<"predicted" | "truth", string>>,
  scale: number,
): string[] {
  const kinds = ["predicted", "truth"] as const;
  return [
    ...kinds.map((kind) => scaledPath(paths[kind], scale, EDGE_STROKE)),
    ...kinds.map((kind) => scaledPath(paths[kind], scale, STROKES[kind])),
  ];
}

/** A sample of a line on dark ground, for a legend; 26x14 px. */
export function lineSwatch(kind: keyof Lines, x: number, y: number): string[] {
  const [width, height] = [26, 14];
  const stroke = attributesOf(STROKES[kind]);
  const shape = kind === "places"
    ? element("circle", { cx: x + width / 2, cy: y + height / 2, r: 4.5, ...stroke })
    : element("path", { d: `M${x + 4} ${y + height / 2}h${width - 8}`, ...stroke });
  return [
    element("rect", { x, y, width, height, rx: 3, fill: rgb(EDGE_COLOUR) }),
    shape,
  ];
}

/** A colour as CSS has it. */
export function rgb(colour: Rgb): string {
  return `rgb(${colour.join(",")})`;
}

/** A stroke, as wide as usual in a part of the drawing that is enlarged `scale` times. */
function attributesOf({ colour, width, dashed }: Stroke, scale = 1): Attributes {
  return {
    stroke: rgb(colour),
    // Numbers are rounded, which a thin line on a large image cannot bear.
    "stroke-width": String(width / scale),
    "stroke-dasharray": dashed ? DASH.map((length) => length / scale).join(" ") : undefined,
    fill: "none",
  };
}

/** The outline of a mask that fills the frame. */
function outlineShape(mask: GreyImage, { x, y, width, height }: Frame, zoom: number): Shape {
  // A mask that shrinks is traced before, so that the smallest lesion keeps its outline.
  const isEnlarged = width * zoom > mask.width;
  const traced = isEnlarged
    ? resizeGrey(mask, Math.round(width * zoom), Math.max(1, Math.round(height * zoom)))
    : mask;
  const scale = width / traced.width;
  const d = smoothOutlinePath(traced, (LINE / 2 + EDGE) / scale);
  const transform = `translate(${x} ${y}) scale(${scale} ${height / traced.height})`;
  return (stroke) => scaledPath(d, scale, stroke, transform);
}

/** A path in a part of the drawing that is enlarged `scale` times. */
function scaledPath(d: string, scale: number, stroke: Stroke, transform?: string): string {
  const attributes = attributesOf(stroke, scale);
  return element("path", { d, transform, "stroke-linejoin": "round", ...attributes });
}

/** A circle around a small place, a box around a large one or one at the border. */
function markShape(
  place: Box,
  frame: Frame,
  size: Pick<Frame, "width" | "height">,
): Shape {
  const scale = { x: frame.width / size.width, y: frame.height / size.height };
  const [width, height] = [place.width * scale.x, place.height * scale.y];
  const left = frame.x + place.x * scale.x;
  const top = frame.y + place.y * scale.y;
  const r = Math.max(LEAST_RADIUS, Math.hypot(width, height) / 2 + AROUND);
  const [cx, cy] = [left + width / 2, top + height / 2];
  const fits = cx - r >= frame.x && cx + r <= frame.x + frame.width &&
    cy - r >= frame.y && cy + r <= frame.y + frame.height;
  if (fits && Math.max(width, height) <= LARGEST_IN_CIRCLE) {
    return (stroke) => element("circle", { cx, cy, r, ...attributesOf(stroke) });
  }
  const across = sideOf(left - frame.x, width, frame.width);
  const down = sideOf(top - frame.y, height, frame.height);
  const shape = {
    x: frame.x + across.from,
    y: frame.y + down.from,
    width: across.length,
    height: down.length,
    rx: 3,
  };
  return (stroke) => element("rect", { ...shape, ...attributesOf(stroke) });
}

/** A side of a box around a place, which keeps inside the frame and is never narrow. */
function sideOf(at: number, length: number, frame: number): { from: number; length: number } {
  const room = Math.min(LINE / 2 + EDGE, frame / 2);
  const around = Math.max(AROUND, LEAST_RADIUS - length / 2);
  const from = Math.max(room, at - around);
  const to = Math.min(frame - room, at + length + around);
  return { from, length: Math.max(0, to - from) };
}
