/**
 * Draws the outlines of an image as a mask: the union of all regions of the wanted labels. Polygons
 * are filled by the rule of polygons.ts, run-length codes by COCO's.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { decodeGrey } from "../../image/codecs/decode.ts";
import type { GreyImage } from "../../image/image.ts";
import { fillCircle, fillPolygon } from "../../image/polygons.ts";
import { decompressRuns, fillRuns } from "../../image/rle.ts";
import type { AnnotatedImage, Outline } from "./annotations.ts";

/** The most pixels and rows that the outlines of one image may need: some seconds. */
const MOST_WORK = 2 ** 30;

/** The most corners of one polygon: each may cross every row. */
const MOST_CORNERS = 100_000;

/** The most bytes of a region that is stored as a picture, as base64. */
const MOST_PICTURE_BYTES = 64 * 1024 * 1024;

/** The number of corners of the shapes that have a fixed number. */
const CORNERS: Readonly<Record<string, number>> = { rectangle: 2, circle: 2, mask: 2 };

/** Draws the outlines of an image. */
class MaskDrawing {
  readonly mask: GreyImage;
  #work = 0;

  /** @param name How to call the annotations in errors. */
  constructor(size: { readonly width: number; readonly height: number }, readonly name: string) {
    const { width, height } = size;
    this.mask = { width, height, pixels: new Uint8Array(width * height) };
  }

  /**
   * Fills a region with 255.
   *
   * @param number The number of the outline for errors, from 1.
   * @throws InputError for a region that is damaged or has no area.
   */
  fill({ region, label }: Outline, number: number): void {
    const refuse = (problem: string): never => {
      throw new InputError(`${this.name}: outline ${number} (${label || "no label"}) ${problem}`);
    };
    switch (region.kind) {
      case "polygons":
        for (const polygon of region.polygons as unknown[]) {
          this.#count(fillPolygon(this.mask, cornersOf(polygon, refuse)));
        }
        return;
      case "runs":
        return this.#fillRuns(region.runs, refuse);
      case "shape":
        return this.#fillShape(region.type, pointsOf(region.points, refuse), refuse);
      case "bitmap":
        return this.#fillBitmap(pointsOf(region.points, refuse), region.png, refuse);
      case "none":
        return refuse("has no outline, at most a box; draw its outline, or take it out");
    }
  }

  #fillRuns(runs: unknown, refuse: Refuse): void {
    const { width, height, pixels } = this.mask;
    const { size, counts } = runs as Record<string, unknown>;
    if (!Array.isArray(size) || size.length !== 2 || size[0] !== height || size[1] !== width) {
      refuse(
        `is a run-length code for ${JSON.stringify(size)}; expected height and width of the ` +
          `image, [${height},${width}]`,
      );
    }
    const lengths = typeof counts === "string"
      ? decompressRuns(counts, pixels.length + 1)
      : Array.isArray(counts) && counts.length <= 2 * pixels.length + 1
      ? counts
      : undefined;
    if (lengths === undefined || !fillRuns(this.mask, lengths)) {
      refuse(`is a damaged run-length code: its runs do not add up to ${width} x ${height} px`);
    }
    this.#count(pixels.length);
  }

  #fillShape(type: unknown, points: readonly Point[], refuse: Refuse): void {
    // Some programs write all four corners of a rectangle.
    const isQuad = type === "rectangle" && points.length === 4;
    const corners = typeof type === "string" && !isQuad ? CORNERS[type] : undefined;
    if (corners !== undefined && points.length !== corners) {
      refuse(`is a ${type} with ${points.length} points, expected ${corners}`);
    }
    if (type === "polygon" || type === "rotation" || isQuad) {
      this.#count(fillPolygon(this.mask, cornersOf(points.flat(), refuse)));
    } else if (type === "rectangle") {
      const [[x1, y1], [x2, y2]] = points;
      this.#count(fillPolygon(this.mask, [x1, y1, x2, y1, x2, y2, x1, y2]));
    } else if (type === "circle") {
      const [centre, [x, y]] = points;
      this.#count(fillCircle(this.mask, centre, Math.hypot(x - centre[0], y - centre[1])));
    } else {
      refuse(
        `is a ${
          JSON.stringify(type)
        }, which encloses no area; expected a polygon, a rectangle, a ` +
          `circle or a mask`,
      );
    }
  }

  #fillBitmap(points: readonly Point[], png: unknown, refuse: Refuse): void {
    if (points.length !== CORNERS.mask || typeof png !== "string") {
      return refuse("is a mask without its two corners or its picture");
    }
    if (png.length > MOST_PICTURE_BYTES) refuse(`has a picture of ${png.length} bytes`);
    const picture = decodeGrey(bytesOf(png, refuse), `${this.name}: a mask`);
    const [left, top] = points[0].map(Math.round);
    const { width, height, pixels } = this.mask;
    for (let y = 0; y < picture.height; y++) {
      for (let x = 0; x < picture.width; x++) {
        const [column, row] = [left + x, top + y];
        const isIn = column >= 0 && column < width && row >= 0 && row < height;
        if (isIn && picture.pixels[y * picture.width + x] > 0) pixels[row * width + column] = 255;
      }
    }
    this.#count(picture.pixels.length);
  }

  #count(work: number): void {
    this.#work += work;
    if (this.#work <= MOST_WORK) return;
    throw new InputError(
      `${this.name} has so many or so large outlines that drawing them would take minutes; ` +
        `simplify them, or export them as masks`,
    );
  }
}

/** A point in px from the top left corner of the image. */
type Point = readonly [x: number, y: number];

/** Throws an {@linkcode InputError} about an outline. */
type Refuse = (problem: string) => never;

/** The corners of a polygon, x, y, x, y, ... */
function cornersOf(polygon: unknown, refuse: Refuse): readonly number[] {
  const isList = Array.isArray(polygon) && polygon.length >= 6 && polygon.length % 2 === 0;
  if (!isList || !polygon.every(Number.isFinite)) {
    return refuse("is no polygon: expected a list of at least three pairs of numbers");
  }
  if (polygon.length > 2 * MOST_CORNERS) {
    return refuse(`has ${polygon.length / 2} corners, at most ${MOST_CORNERS} are drawn`);
  }
  return polygon;
}

function pointsOf(points: unknown, refuse: Refuse): readonly Point[] {
  const isPoint = (point: unknown): point is Point =>
    Array.isArray(point) && point.length === 2 && point.every(Number.isFinite);
  if (!Array.isArray(points) || !points.every(isPoint)) {
    return refuse("has no list of points, each a pair of numbers");
  }
  return points;
}

function bytesOf(base64: string, refuse: Refuse): Uint8Array {
  try {
    return Uint8Array.fromBase64(base64);
  } catch {
    return refuse("has a picture that is no base64 text");
  }
}

/**
 * Draws the mask of an image.
 *
 * @param size The size of the mask in px.
 * @param wants Whether a label is wanted.
 * @param name How to call the annotations in errors.
 * @throws InputError for outlines that cannot be drawn, and for those that would take minutes.
 */
export function drawMask(
  { outlines }: AnnotatedImage,
  size: { readonly width: number; readonly height: number },
  wants: (label: string) => boolean,
  name: string,
): GreyImage {
  const drawing = new MaskDrawing(size, name);
  outlines.forEach((outline, k) => {
    if (wants(outline.label)) drawing.fill(outline, k + 1);
  });
  return drawing.mask;
}
