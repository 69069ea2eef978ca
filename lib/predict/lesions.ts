/**
 * Measures of each lesion. Lengths are in px of the image; docs/predicting.md has the definitions.
 *
 * @module
 */
import type { Components } from "../image/components.ts";
import { type Box, type Point, type Ring, traceRings } from "../image/contours.ts";
import type { Spacing } from "../image/spacing.ts";
import { axesOf } from "./feret.ts";
import { type Millimetres, millimetresOf } from "./millimetres.ts";
import { sigmoid } from "./probabilities.ts";

/** One lesion: an 8-connected component of a mask. */
export interface Lesion {
  /** Number of pixels. */
  readonly area: number;
  /** The maximum Feret diameter of the outline. */
  readonly longAxis: number;
  /** The extent of the outline at a right angle to the long axis. */
  readonly shortAxis: number;
  /** The mean of the pixels' centres; the centre of the top left pixel is (0.5, 0.5). */
  readonly centre: Point;
  readonly box: Box;
  /** Whether a pixel lies in the first or last row or column of the image. */
  readonly touchesBorder: boolean;
  /** Mean probability over its pixels. */
  readonly meanProbability: number;
  /**
   * Width in px of the band in which the probability rises from 0.25 to 0.75, by the mean slope of
   * the logit along the outline; `null` for a lesion without an outline inside the image.
   */
  readonly boundaryUncertainty: number | null;
  /**
   * Mean over its pixels of the probability's standard deviation over the flips or the models;
   * absent for a single answer.
   */
  readonly deviation?: number;
  /** The measures in mm, where the size of a pixel is known. */
  readonly millimetres?: Millimetres;
  /** The outline (see polygons.ts). */
  readonly rings: readonly Ring[];
}

/** Maps `[height, width]` that belong to a mask. */
export interface LesionMaps {
  readonly width: number;
  readonly height: number;
  readonly logits: Float32Array;
  /** Standard deviation of the probability over the flips or the models. */
  readonly deviation?: Float32Array;
  /** The size of a pixel, where it is known. */
  readonly spacing?: Spacing;
}

/** The rise of the logit when the probability rises from 0.25 to 0.75. */
const BAND = 2 * Math.log(3);
/** Logits are clamped to this range before slopes: beyond it, differences are rounding errors. */
const STEEPEST = 30;

/** Measures the components of a mask, in their order. */
export function measureLesions({ labels, areas }: Components, maps: LesionMaps): Lesion[] {
  const { width, height, logits, deviation, spacing } = maps;
  const sums = Array.from(areas, () => new Sums());
  for (let index = 0, y = 0; y < height; y++) {
    for (let x = 0; x < width; x++, index++) {
      const label = labels[index];
      if (label === 0) continue;
      const part = sums[label - 1];
      part.add(x, y);
      part.probability += sigmoid(logits[index]);
      if (deviation) part.deviation += deviation[index];
      const onOutline = (x > 0 && labels[index - 1] !== label) ||
        (x < width - 1 && labels[index + 1] !== label) ||
        (y > 0 && labels[index - width] !== label) ||
        (y < height - 1 && labels[index + width] !== label);
      if (onOutline) {
        part.outline++;
        const { across, down } = slopeAt(maps, x, y);
        part.slope += Math.hypot(across, down);
        if (spacing) part.slopeInMm += Math.hypot(across / spacing.x, down / spacing.y);
      }
    }
  }
  return sums.map((part, k): Lesion => {
    const area = areas[k];
    const box = part.box();
    const rings = traceRings(box, (x, y) => labels[y * width + x] === k + 1);
    const axes = axesOf(rings.flat());
    const measures = {
      area,
      longAxis: axes.long,
      shortAxis: axes.short,
      boundaryUncertainty: part.band(part.slope),
    };
    const millimetres = spacing &&
      millimetresOf(measures, rings, spacing, part.band(part.slopeInMm));
    return {
      ...measures,
      centre: [part.x / area + 0.5, part.y / area + 0.5],
      box,
      touchesBorder: box.x === 0 || box.y === 0 || box.x + box.width === width ||
        box.y + box.height === height,
      meanProbability: part.probability / area,
      ...(deviation && { deviation: part.deviation / area }),
      ...(millimetres && { millimetres }),
      rings,
    };
  });
}

/** Sums over the pixels of one lesion. */
class Sums {
  x = 0;
  y = 0;
  probability = 0;
  deviation = 0;
  /** The number of pixels on the outline, and the sums of the slopes there: per px and per mm. */
  outline = 0;
  slope = 0;
  slopeInMm = 0;
  #left = Infinity;
  #right = -Infinity;
  #top = Infinity;
  #bottom = -Infinity;

  add(x: number, y: number): void {
    this.x += x;
    this.y += y;
    this.#left = Math.min(this.#left, x);
    this.#right = Math.max(this.#right, x);
    this.#top = Math.min(this.#top, y);
    this.#bottom = Math.max(this.#bottom, y);
  }

  box(): Box {
    const { x, y } = { x: this.#left, y: this.#top };
    return { x, y, width: this.#right - x + 1, height: this.#bottom - y + 1 };
  }

  /** The width of the band, by the sum of the slopes. */
  band(slopes: number): number | null {
    return slopes === 0 ? null : (BAND * this.outline) / slopes;
  }
}

/** The logits' gradient, per px: central differences, one-sided at the image's border. */
function slopeAt({ width, height, logits }: LesionMaps, x: number, y: number) {
  const at = (column: number, row: number) =>
    Math.max(-STEEPEST, Math.min(STEEPEST, logits[row * width + column]));
  const [left, right] = [Math.max(0, x - 1), Math.min(width - 1, x + 1)];
  const [top, bottom] = [Math.max(0, y - 1), Math.min(height - 1, y + 1)];
  const across = right === left ? 0 : (at(right, y) - at(left, y)) / (right - left);
  const down = bottom === top ? 0 : (at(x, bottom) - at(x, top)) / (bottom - top);
  return { across, down };
}
