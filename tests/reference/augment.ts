/**
 * Augmentation: naive float64 loops over pixels, from the record of each image.
 *
 * Places are rounded to 1/256 px and grey values to bytes after the warp, after each half of the
 * blur, and at the end, since that is part of the formulas.
 *
 * @module
 */
import { philox4x32 } from "../../lib/core/random.ts";
import { NORMAL_QUANTILES } from "../../lib/dataset/augment/normal_quantiles.ts";
import { BLUR_WEIGHTS } from "../../lib/dataset/augment/record.ts";
import type { Augment } from "../../lib/plan/steps.ts";
import { type Store, zeros } from "./values.ts";

/** A grey image, row by row. */
interface Grey {
  readonly width: number;
  readonly height: number;
  readonly data: Float64Array;
}

type Record = ReturnType<typeof recordOf>;

export function augment(step: Augment, store: Store): void {
  const [n, height, width] = store.shapeOf(step.image);
  const area = height * width;
  const image = zeros(n, height, width);
  const mask = zeros(...store.shapeOf(step.mask));
  const words = store.get(step.changes).data;
  for (let i = 0; i < n; i++) {
    const raw = (name: string): Grey => ({
      width,
      height,
      data: store.get(name).data.subarray(i * area, (i + 1) * area),
    });
    const record = recordOf(
      words.subarray(i * words.length / n, (i + 1) * words.length / n),
      height,
    );
    const moved = warped(raw(step.rawImages), record, step.cells);
    image.data.set(revalued(moved, record), i * area);
    const movedMask = warped(raw(step.rawMasks), record, step.cells);
    mask.data.set(movedMask.data.map((byte) => Math.fround(byte * Math.fround(1 / 255))), i * area);
  }
  store.set(step.image, image);
  store.set(step.mask, mask);
}

/** Reads a record field by field, in the order of kernels_wgsl/augment_change.wgsl. */
function recordOf(words: Float64Array, height: number) {
  let next = 0;
  const integers = (count: number) => words.subarray(next, next += count);
  const floats = (count: number) =>
    Float64Array.from(new Float32Array(Int32Array.from(integers(count)).buffer));
  const [xx, xy, x0, yx, yy, y0] = floats(6);
  const [contrast, brightness, narrowness, speckle, noise] = floats(5);
  const noiseKey = Uint32Array.from(integers(5));
  const [left, top, side, blurRadius] = integers(4);
  const blurWeights = integers(BLUR_WEIGHTS);
  return {
    ...{ xx, xy, x0, yx, yy, y0, contrast, brightness, speckle, noise, noiseKey, left, top, side },
    ...{ blurRadius, blurWeights, powers: floats(256) },
    ...{ narrowness, gains: floats(height), centres: floats(height), darkness: floats(height) },
    grid: floats(words.length - next),
  };
}

function warped({ width, height, data }: Grey, record: Record, cells: number): Grey {
  const at = (x: number, y: number) =>
    x >= 0 && y >= 0 && x < width && y < height ? data[y * width + x] : 0;
  const result = data.map((_, pixel) => {
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    const [dx, dy] = displacement(record.grid, cells, (x + 0.5) / width, (y + 0.5) / height);
    const { xx, xy, x0, yx, yy, y0 } = record;
    const sourceX = Math.floor((xx * x + xy * y + x0 + dx) * 256 + 0.5) / 256;
    const sourceY = Math.floor((yx * x + yy * y + y0 + dy) * 256 + 0.5) / 256;
    const [left, top] = [Math.floor(sourceX), Math.floor(sourceY)];
    const [f, g] = [sourceX - left, sourceY - top];
    const above = at(left, top) * (1 - f) + at(left + 1, top) * f;
    const below = at(left, top + 1) * (1 - f) + at(left + 1, top + 1) * f;
    return Math.floor(above * (1 - g) + below * g + 0.5);
  });
  return { width, height, data: result };
}

/** The sum of all nodes, each times the cubic B-spline about it. `u` and `v` go from 0 to 1. */
function displacement(grid: Float64Array, cells: number, u: number, v: number): [number, number] {
  const nodes = cells + 3;
  const sum: [number, number] = [0, 0];
  if (cells === 0) return sum;
  for (let row = 0; row < nodes; row++) {
    for (let column = 0; column < nodes; column++) {
      const weight = bSpline(u * cells - (column - 1)) * bSpline(v * cells - (row - 1));
      sum[0] += weight * grid[row * nodes + column];
      sum[1] += weight * grid[(nodes + row) * nodes + column];
    }
  }
  return sum;
}

/** The cubic B-spline: 0 from a distance of 2 on. */
function bSpline(distance: number): number {
  const t = Math.abs(distance);
  if (t >= 2) return 0;
  return t >= 1 ? (2 - t) ** 3 / 6 : 2 / 3 - t ** 2 + t ** 3 / 2;
}

function revalued(image: Grey, record: Record): Float64Array {
  const { width } = image;
  const { contrast, brightness, speckle, noise, left, top, side } = record;
  const mean = image.data.reduce((sum, byte) => sum + record.powers[byte], 0) / image.data.length;
  const smooth = blurred(blurred(image, record, 1, 0), record, 0, 1);
  return smooth.data.map((byte, pixel) => {
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    if (x >= left && x < left + side && y >= top && y < top + side) return 0;
    const turned = (record.powers[byte] - mean) * contrast + mean + brightness;
    const inside = Math.max(0, 1 - ((x - record.centres[y]) * record.narrowness) ** 2);
    const light = record.gains[y] * (1 - record.darkness[y] * inside ** 2);
    const lit = 255 * Math.min(1, Math.max(0, turned)) * light;
    const [first, second] = normalsAt(record.noiseKey, pixel);
    const value = lit * (1 + speckle * first) + noise * second;
    return Math.min(255, Math.max(0, Math.floor(value + 0.5)));
  });
}

/** The image, blurred along x or y. The edge pixels continue outside. */
function blurred(
  { width, height, data }: Grey,
  { blurRadius, blurWeights }: Record,
  stepX: number,
  stepY: number,
): Grey {
  const inside = (i: number, length: number) => Math.min(length - 1, Math.max(0, i));
  const result = data.map((_, pixel) => {
    let sum = 0;
    for (let k = -blurRadius; k <= blurRadius; k++) {
      const x = inside(pixel % width + k * stepX, width);
      const y = inside(Math.floor(pixel / width) + k * stepY, height);
      sum += blurWeights[k + blurRadius] / 65536 * data[y * width + x];
    }
    return Math.floor(sum + 0.5);
  });
  return { width, height, data: result };
}

/** The two normal numbers of a pixel: eight pixels share a block, the first has its last bits. */
function normalsAt(noiseKey: Uint32Array, pixel: number): [number, number] {
  const counter = Uint32Array.of(Math.floor(pixel / 8), ...noiseKey.subarray(2));
  const bits = new Uint16Array(philox4x32(counter, noiseKey.slice(0, 2)).buffer)[7 - pixel % 8];
  return [NORMAL_QUANTILES[bits % 256], NORMAL_QUANTILES[bits >> 8]];
}
