/** Moves the pixels of an image and its mask together. Hosts kernels_as/warp.ts. @module */
import type { AffineMap, ImageDraw } from "./draw.ts";
import type { KernelCalls } from "./kernel_calls.ts";

/** The addresses of an image and its mask, a byte for each pixel. */
export interface MaskedAddress {
  readonly image: number;
  readonly mask: number;
}

/** What moves pixels. */
export type Move = Pick<ImageDraw, "affine" | "elastic">;

/** The map that moves nothing. */
export const IDENTITY: AffineMap = { xx: 1, xy: 0, x0: 0, yx: 0, yy: 1, y0: 0 };

/** Adds the warp of an image of `width` x `height` px to the calls. */
export function callWarp(
  calls: KernelCalls,
  width: number,
  height: number,
  from: MaskedAddress,
  to: MaskedAddress,
  { affine = IDENTITY, elastic }: Move,
): void {
  const cells = elastic?.cells ?? 0;
  let grid = 0;
  if (elastic) {
    const { dx, dy } = elastic;
    grid = calls.room(dx.byteLength + dy.byteLength);
    calls.write(grid, dx);
    calls.write(grid + dx.byteLength, dy);
  }
  calls.call("warp", {
    image: from.image,
    mask: from.mask,
    warpedImage: to.image,
    warpedMask: to.mask,
    width,
    height,
    ...affine,
    grid,
    cells,
    rows: cells > 0 ? putSplines(calls, height, cells) : 0,
    columns: cells > 0 ? putSplines(calls, width, cells) : 0,
    pairs: calls.scratch("pairs", 4 * ((width + 2) * (height + 2) + 8)),
    places: calls.scratch("places", 2 * 4 * (width + 4)),
    line: calls.scratch("nodes", 2 * 4 * (cells + 3)),
  });
}

/** The first pixel of each cell of a side, and the weights of a cubic B-spline for each pixel. */
function putSplines(calls: KernelCalls, length: number, cells: number): number {
  const plane = length + 4;
  const words = new Float32Array(cells + 1 + 4 * plane);
  const starts = new Int32Array(words.buffer, 0, cells + 1).fill(length);
  const weights = words.subarray(cells + 1);
  for (let i = length - 1; i >= 0; i--) {
    const place = (i + 0.5) / length * cells;
    const cell = Math.floor(place);
    const given = splineWeights(place - cell);
    // Cells without a pixel begin where the next one does.
    starts.fill(i, 0, cell + 1);
    given.forEach((weight, k) => weights[k * plane + i] = weight);
  }
  starts.fill(0, 0, 1);
  return calls.put(words);
}

/** The weights of a cubic B-spline's four nodes at a place from 0 to 1 within a cell. */
export function splineWeights(u: number): readonly [number, number, number, number] {
  return [
    (1 - u) ** 3 / 6,
    (3 * u ** 3 - 6 * u ** 2 + 4) / 6,
    (-3 * u ** 3 + 3 * u ** 2 + 3 * u + 1) / 6,
    u ** 3 / 6,
  ];
}
