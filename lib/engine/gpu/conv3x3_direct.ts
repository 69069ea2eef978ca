/**
 * Hosts kernels_wgsl/conv3x3_direct.wgsl and conv3x3_tiled.wgsl, two variants of the direct
 * algorithm that give the same bits, and pointwise.wgsl, which is like them but for its one tap.
 *
 * @module
 */
import type { Context, Dispatch } from "./context.ts";
import { type KnownPass, passesOf, type PassKernel } from "./conv3x3_passes.ts";
import type { Convolution } from "./convolution.ts";
import { dispatch } from "./dispatch.ts";
import { chosenVariant, convolutionVariants, GROUPS, invocationsOf, TILES } from "./variants.ts";

/** Pixels of a row that an invocation computes. */
const SPAN = 8;

/** Rows that an invocation computes: more on large maps, for fewer partial moments. */
const ROWS = { small: 1, large: 4, largePixels: 4096 };

/** A convolution by the direct algorithm. */
export function directConvolution(context: Context, of: Convolution): Dispatch[] {
  const [, , height, width] = of.frame;
  const large = of.moments !== undefined && height * width >= ROWS.largePixels;
  const rows = large ? ROWS.large : ROWS.small;
  return passesOf(context, of, {
    rowsPerPartial: rows,
    columnsPerPartial: SPAN,
    kernelOf: (pass) => directKernel(context, of.taps, rows, pass),
  });
}

/** The direct kernel of a pass: the variant that was found to be the fastest, or the default. */
function directKernel(
  context: Context,
  taps: number,
  rows: number,
  { height, width, outBlocks, planeChannels, constants: common, plainReading }: KnownPass,
): PassKernel {
  const plane = planeChannels !== undefined;
  const constants = {
    ...common,
    ...plainReading,
    PLANE: plane,
    CHANNELS0: planeChannels ?? 0,
  };
  const spans = Math.ceil(width / SPAN);
  if (taps === 1) {
    return {
      step: rows,
      dispatchOf: (call, count) =>
        dispatch("pointwise", {
          ...call,
          constants,
          invocations: Math.ceil(count / rows) * spans * outBlocks,
        }),
    };
  }
  const fitting = convolutionVariants({ height, width, outBlocks, plane }, context.limits);
  const variant = chosenVariant(context.limits, { kernel: "conv3x3", height, width, fitting });
  const tile = TILES.get(variant);
  if (tile) {
    const tileConstants = {
      TILE_ROWS: tile.rows,
      TILE_COLUMNS: tile.columns,
      CHUNK: tile.chunk,
      LANE_BLOCKS: tile.laneBlocks,
      PREFETCH: tile.prefetch,
    };
    return {
      step: tile.rows,
      dispatchOf: (call, count) =>
        dispatch("conv3x3_tiled", {
          ...call,
          constants: { ...common, ...tileConstants },
          group: invocationsOf(tile),
          invocations: count * (width / SPAN) * (outBlocks / tile.laneBlocks),
        }),
    };
  }
  return {
    step: rows,
    dispatchOf: (call, count) =>
      dispatch("conv3x3_direct", {
        ...call,
        constants: { ...constants, SINGLE: outBlocks === 1 },
        group: GROUPS.get(variant)!,
        invocations: Math.ceil(count / rows) * spans * Math.ceil(outBlocks / 2),
      }),
  };
}
