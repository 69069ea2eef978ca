/**
 * Cuts a step into dispatches, so that none takes too long and none reads more of a tensor than a
 * binding holds.
 *
 * Maps are cut by rows, numbered through all images. A kernel computes image and row from that
 * number, so the result of a pixel does not depend on the cuts.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { OFFSET_ALIGNMENT } from "./adapter.ts";
import type { Context, Window } from "./context.ts";
import { blocksOf, VECTOR_BYTES } from "./layout.ts";

/** A range of units of work: rows, partials or vectors. */
export interface Slab {
  readonly first: number;
  readonly count: number;
}

/** Work that is cut into slabs. */
export interface Work {
  /** Number of units. */
  readonly units: number;
  /** Cuts fall on multiples of this. */
  readonly step?: number;
  /** The most bytes of one tensor that belong to a unit. */
  readonly unitBytes: number;
  /** Bytes that a slab reads besides those of its units. */
  readonly haloBytes?: number;
  /** Estimated FLOP of all units. */
  readonly cost: number;
}

/**
 * Cuts work into as few even slabs as the limits allow.
 *
 * @throws {InputError} when a single step exceeds a binding.
 */
export function slabsOf(
  { limits: { bindingBytes, dispatchFlops } }: Context,
  { units, step = 1, unitBytes, haloBytes = 0, cost }: Work,
): Slab[] {
  const visible = Math.floor((bindingBytes - OFFSET_ALIGNMENT - haloBytes) / unitBytes);
  if (visible < step) {
    throw new InputError(
      `the smallest slab of a tensor takes ${step * unitBytes + haloBytes} bytes, and this GPU ` +
        `binds at most ${bindingBytes} to a kernel: use smaller images`,
    );
  }
  const bearable = Math.max(step, Math.floor(units * dispatchFlops / cost));
  const most = Math.min(visible, bearable);
  const count = Math.ceil(units / most);
  const size = Math.min(Math.ceil(units / count / step), Math.floor(most / step)) * step;
  const slabs: Slab[] = [];
  for (let first = 0; first < units; first += size) {
    slabs.push({ first, count: Math.min(size, units - first) });
  }
  return slabs;
}

/**
 * Bytes of one row of a map in 32-bit floats. One of 16-bit floats is cut as if it had 32, so that
 * partial sums are cut alike.
 */
export function rowBytes([, channels, , width]: readonly number[]): number {
  return width * blocksOf(channels) * VECTOR_BYTES;
}

/**
 * The window of a map that a slab of rows needs. `rows` gives the rows [first, end) of an image
 * that row `y` of the frame needs; they are clipped to the image.
 */
export function rowWindow(
  context: Context,
  name: string,
  frameHeight: number,
  { first, count }: Slab,
  rows: (y: number) => readonly [first: number, end: number],
) {
  const [, channels, height, width] = context.shape(name);
  const at = (row: number, which: 0 | 1) => {
    const y = Math.min(Math.max(rows(row % frameHeight)[which], 0), height);
    return Math.floor(row / frameHeight) * height + y;
  };
  const vectors = width * blocksOf(channels);
  return context.window(name, at(first, 0) * vectors, at(first + count - 1, 1) * vectors);
}

/** A part of a map, counted in vectors. */
export interface MapSlab extends Slab {
  readonly cost: number;
  /** The window of another map, of equal height and width, that this part needs. */
  readonly windowOf: (name: string) => Window;
}

/** Cuts a step that computes every vector of a map by itself, for an estimated FLOP each. */
export function mapSlabs(context: Context, map: string, costEach: number): MapSlab[] {
  const shape = context.shape(map);
  const [images, channels, height, width] = shape;
  const vectors = width * blocksOf(channels);
  const rows = images * height;
  const cost = rows * vectors * costEach;
  return slabsOf(context, { units: rows, unitBytes: rowBytes(shape), cost }).map((slab) => ({
    first: slab.first * vectors,
    count: slab.count * vectors,
    cost: cost * slab.count / rows,
    windowOf: (name) => rowWindow(context, name, height, slab, (y) => [y, y + 1]),
  }));
}
