/**
 * Hosts kernels_wgsl/convtranspose2.wgsl, convtranspose2_gradient.wgsl and channel_sums.wgsl.
 * @module
 */
import { stepFlops } from "../../plan/flops.ts";
import type {
  ConvTranspose2,
  ConvTranspose2InputGradient,
  ConvTranspose2WeightGradient,
} from "../../plan/steps.ts";
import { type Context, type Dispatch, windowOf } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { blocksOf, MATRIX_BYTES, VECTOR_BYTES } from "./layout.ts";
import { sumPartials } from "./reduce.ts";
import { piecePixels, shareRows } from "./shares.ts";
import { rowBytes, rowWindow, type Slab, slabsOf } from "./slabs.ts";

/** Input pixels of a row that an invocation works on. */
const SPAN = 4;

export function convtranspose2(step: ConvTranspose2, context: Context): Dispatch[] {
  const { source, out } = step;
  const shape = context.shape(source.tensor);
  const [images, channels, height, width] = shape;
  const outBlocks = blocksOf(context.shape(out)[1]);
  const rows = images * height;
  const cost = flopsOf(step, context);
  const unitBytes = Math.max(rowBytes(shape), 2 * rowBytes(context.shape(out)));
  return slabsOf(context, { units: rows, unitBytes, cost }).map((slab) => {
    const { x, y } = windows(context, source.tensor, out, slab);
    return dispatch("convtranspose2", {
      entry: "convolve",
      constants: {
        WIDTH: width,
        BLOCKS: blocksOf(channels),
        OUT_BLOCKS: outBlocks,
        NORM: source.norm !== undefined,
        RELU: source.relu ?? false,
      },
      bindings: {
        x: x.place,
        norm: context.placeIf(source.norm),
        weight: context.place(step.weight),
        bias: context.place(step.bias),
        y: y.place,
      },
      slab: { firstRow: slab.first, rows: slab.count, x: x.base, y: y.base },
      invocations: slab.count * Math.ceil(width / SPAN) * outBlocks,
      cost: cost * slab.count / rows,
    });
  });
}

export function convtranspose2InputGradient(
  step: ConvTranspose2InputGradient,
  context: Context,
): Dispatch[] {
  const shape = context.shape(step.out);
  const [images, channels, height, width] = shape;
  const rows = images * height;
  const blocks = blocksOf(channels);
  const cost = flopsOf(step, context);
  const unitBytes = Math.max(rowBytes(shape), 2 * rowBytes(context.shape(step.gradient)));
  return slabsOf(context, { units: rows, unitBytes, cost }).map((slab) => {
    const { x, y } = windows(context, step.out, step.gradient, slab);
    return dispatch("convtranspose2_gradient", {
      entry: "source_gradient",
      constants: gradientConstants(width, blocks, blocksOf(context.shape(step.gradient)[1])),
      bindings: {
        x: x.place,
        norm: undefined,
        weight: context.place(step.weight),
        dy: y.place,
      },
      slab: { first: slab.first, count: slab.count, rows, x: x.base, dy: y.base, parts: 0 },
      invocations: slab.count * Math.ceil(width / SPAN) * blocks,
      cost: cost * slab.count / rows,
    });
  });
}

export function convtranspose2WeightGradient(
  step: ConvTranspose2WeightGradient,
  context: Context,
): Dispatch[] {
  const { source, gradient } = step;
  const shape = context.shape(source.tensor);
  const [images, channels, height, width] = shape;
  const outChannels = context.shape(gradient)[1];
  const [blocks, outBlocks] = [blocksOf(channels), blocksOf(outChannels)];
  const rows = images * height;
  const out = context.place(step.weightGradient);
  const perShare = shareRows(rows, width, blocks * outBlocks, out.bytes);
  const shares = Math.ceil(rows / perShare);
  const pixels = rows * width * 4;
  const perPiece = piecePixels(pixels);
  const pieces = Math.ceil(pixels / perPiece);
  const vectors = out.bytes / VECTOR_BYTES;
  const [biasParts, copies] = context.workspace(
    pieces * outBlocks * VECTOR_BYTES,
    ...(shares > 1 ? [out.bytes * shares] : []),
  );
  const parts = copies ?? out;
  const cost = flopsOf(step, context);
  const unitBytes = Math.max(
    out.bytes,
    perShare * rowBytes(shape),
    perShare * 2 * rowBytes(context.shape(gradient)),
  );
  const constants = {
    ...gradientConstants(width, blocks, outBlocks),
    NORM: source.norm !== undefined,
    RELU: source.relu ?? false,
    SHARE_ROWS: perShare,
  };
  const weightShares = slabsOf(context, { units: shares, unitBytes, cost }).map(
    ({ first, count }): Dispatch => {
      const firstRow = first * perShare;
      const rowSlab = { first: firstRow, count: Math.min(count * perShare, rows - firstRow) };
      const { x, y } = windows(context, source.tensor, gradient, rowSlab);
      const view = windowOf(parts, first * vectors, (first + count) * vectors);
      const base = view.base * VECTOR_BYTES / MATRIX_BYTES;
      return dispatch("convtranspose2_gradient", {
        entry: "weight_gradient",
        constants,
        bindings: {
          x: x.place,
          norm: context.placeIf(source.norm),
          weight: view.place,
          dy: y.place,
        },
        slab: { first, count, rows, x: x.base, dy: y.base, parts: base },
        invocations: count * blocks * outBlocks,
        cost: cost * count / shares,
      });
    },
  );
  const biasPieces = slabsOf(context, {
    units: pieces,
    unitBytes: perPiece * outBlocks * VECTOR_BYTES,
    cost: pixels * outBlocks * 8,
  }).map(({ first, count }): Dispatch => {
    const end = Math.min((first + count) * perPiece, pixels);
    const dy = context.window(gradient, first * perPiece * outBlocks, end * outBlocks);
    return dispatch("channel_sums", {
      entry: "sums",
      constants: {},
      bindings: { x: dy.place, parts: biasParts },
      slab: {
        firstPiece: first,
        pieces: count,
        pixels,
        pixelsPerPiece: perPiece,
        blocks: outBlocks,
        x: dy.base,
      },
      invocations: count * outBlocks,
      cost: count * perPiece * outBlocks * 8,
    });
  });
  return [
    ...weightShares,
    ...(shares > 1 ? sumPartials(context, out, parts, shares) : []),
    ...biasPieces,
    ...sumPartials(context, context.place(step.biasGradient), biasParts, pieces),
  ];
}

/** The constants that all gradients need; those of the weight gradient add to them. */
function gradientConstants(width: number, blocks: number, outBlocks: number) {
  const none = { NORM: false, RELU: false, SHARE_ROWS: 1 };
  return { WIDTH: width, BLOCKS: blocks, OUT_BLOCKS: outBlocks, ...none };
}

/** Rows of the small map, and the two rows of the large one under each. */
function windows(context: Context, small: string, large: string, slab: Slab) {
  const height = context.shape(small)[2];
  return {
    x: rowWindow(context, small, height, slab, (row) => [row, row + 1]),
    y: rowWindow(context, large, height, slab, (row) => [2 * row, 2 * row + 2]),
  };
}

function flopsOf(
  step: ConvTranspose2 | ConvTranspose2InputGradient | ConvTranspose2WeightGradient,
  context: Context,
): number {
  return stepFlops(step, { get: (name) => context.spec(name) });
}
