/**
 * Smooth random fields: the waviness, lobules and strands of synthetic tissue.
 *
 * A field is white noise on a coarse grid, interpolated by cubic B-splines. The cell size sets the
 * distance of its hills, separately across and along the beam, so that strands can be long and
 * thin.
 *
 * @module
 */
import type { RandomStream } from "../../core/random.ts";

/**
 * The variance of the interpolated noise: the mean over a cell of the sum of squared weights of a
 * cubic B-spline.
 */
const SPLINE_VARIANCE = 151 / 315;

/** A curve of `length` values with zero mean and unit variance; hills are about `cell` apart. */
export function smoothCurve(random: RandomStream, length: number, cell: number): Float32Array {
  const knots = normals(random, knotCount(length, cell));
  return interpolateRow(knots, length, cell, 1 / Math.sqrt(SPLINE_VARIANCE));
}

/** A field `[height, width]` with zero mean and unit variance; `cellX`, `cellY` in pixels. */
export function smoothField(
  random: RandomStream,
  width: number,
  height: number,
  cellX: number,
  cellY: number,
): Float32Array {
  const columns = knotCount(width, cellX);
  const rows = knotCount(height, cellY);
  const scale = 1 / SPLINE_VARIANCE;
  const coarse: Float32Array[] = [];
  for (let row = 0; row < rows; row++) {
    coarse.push(interpolateRow(normals(random, columns), width, cellX, scale));
  }
  const field = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const position = y / cellY;
    const first = Math.floor(position);
    const [a, b, c, d] = splineWeights(position - first);
    const [r0, r1, r2, r3] = coarse.slice(first, first + 4);
    const start = y * width;
    for (let x = 0; x < width; x++) {
      field[start + x] = a * r0[x] + b * r1[x] + c * r2[x] + d * r3[x];
    }
  }
  return field;
}

/** Falls from 1 at zero to 0 at a few `width`. Turns the zero lines of a field into thin ridges. */
export function ridge(value: number, width: number): number {
  const ratio = value / width;
  return Math.exp(-ratio * ratio);
}

/** 0 below `from`, 1 above `to`, smooth between. */
export function smoothStep(from: number, to: number, value: number): number {
  const t = Math.min(1, Math.max(0, (value - from) / (to - from)));
  return t * t * (3 - 2 * t);
}

function knotCount(length: number, cell: number): number {
  return Math.floor((length - 1) / cell) + 4;
}

function normals(random: RandomStream, count: number): Float32Array {
  return Float32Array.from({ length: count }, () => random.normal());
}

function interpolateRow(knots: Float32Array, length: number, cell: number, scale: number) {
  const row = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    const position = i / cell;
    const first = Math.floor(position);
    const [a, b, c, d] = splineWeights(position - first);
    row[i] = scale *
      (a * knots[first] + b * knots[first + 1] + c * knots[first + 2] + d * knots[first + 3]);
  }
  return row;
}

/** The weights of four neighbouring knots at `t` in [0, 1) between the middle two. */
function splineWeights(t: number): [number, number, number, number] {
  const s = 1 - t;
  return [
    (s * s * s) / 6,
    (3 * t * t * t - 6 * t * t + 4) / 6,
    (3 * s * s * s - 6 * s * s + 4) / 6,
    (t * t * t) / 6,
  ];
}
