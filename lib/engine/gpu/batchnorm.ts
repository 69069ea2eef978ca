/** Hosts kernels_wgsl/batchnorm.wgsl and batchnorm_gradient.wgsl. @module */
import type { BatchNorm, BatchNormEval, BatchNormGradient } from "../../plan/steps.ts";
import { type Context, countPieces, type Dispatch } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { blocksOf, VECTOR_BYTES } from "./layout.ts";
import { piecePixels } from "./shares.ts";
import { slabsOf } from "./slabs.ts";

export function batchnorm(step: BatchNorm, context: Context): Dispatch[] {
  const blocks = blocksOf(context.shape(step.norm)[1]);
  const cut = context.piecesOf(step.moments);
  const pieces = countPieces(cut);
  const perGroup = Math.ceil(Math.sqrt(pieces));
  const groups = Math.ceil(pieces / perGroup);
  const [gathered] = context.workspace(groups * 3 * blocks * VECTOR_BYTES);
  const common = {
    constants: {},
    bindings: {
      moments: context.place(step.moments),
      gathered,
      gamma: context.place(step.gamma),
      beta: context.place(step.beta),
      runningMean: context.place(step.runningMean),
      runningVar: context.place(step.runningVar),
      norm: context.place(step.norm),
    },
    slab: { blocks, ...cut, piecesPerGroup: perGroup, groups },
  };
  return [
    dispatch("batchnorm", {
      ...common,
      entry: "gather",
      invocations: groups * blocks,
      cost: pieces * blocks * 60,
    }),
    dispatch("batchnorm", {
      ...common,
      entry: "merge",
      invocations: blocks,
      cost: groups * blocks * 60,
    }),
  ];
}

/** Of the running statistics, which no piece is gathered for. */
const NO_PIECES = {
  rows: 0,
  width: 0,
  rowsPerPiece: 0,
  columnsPerPiece: 0,
  piecesPerGroup: 0,
  groups: 0,
};

export function batchnormEval(step: BatchNormEval, context: Context): Dispatch[] {
  const blocks = blocksOf(context.shape(step.norm)[1]);
  return [dispatch("batchnorm", {
    entry: "evaluate",
    constants: {},
    bindings: {
      moments: undefined,
      gathered: undefined,
      gamma: context.place(step.gamma),
      beta: context.place(step.beta),
      runningMean: context.place(step.runningMean),
      runningVar: context.place(step.runningVar),
      norm: context.place(step.norm),
    },
    slab: { blocks, ...NO_PIECES },
    invocations: blocks,
    cost: blocks * 40,
  })];
}

export function batchnormGradient(step: BatchNormGradient, context: Context): Dispatch[] {
  const { tensor, norm, relu } = step.source;
  const [images, channels, height, width] = context.shape(tensor);
  if (norm === undefined) throw new Error("batchnorm_gradient needs a source with a norm");
  const blocks = blocksOf(channels);
  const pixels = images * height * width;
  const perPiece = piecePixels(pixels);
  const pieces = Math.ceil(pixels / perPiece);
  const rowBytes = 2 * blocks * VECTOR_BYTES;
  const [parts, coefficients] = context.workspace(pieces * rowBytes, rowBytes);
  const share = step.frozen ? 0 : 1 / pixels;

  const pass = (
    entry: "sums" | "totals" | "apply",
    [first, count]: readonly [number, number],
    invocations: number,
    costEach: number,
    [firstVector, endVector]: readonly [number, number],
  ): Dispatch => {
    const x = context.window(tensor, firstVector, endVector);
    const gradient = context.window(step.gradient, firstVector, endVector);
    return dispatch("batchnorm_gradient", {
      entry,
      constants: { BLOCKS: blocks, RELU: relu ?? false },
      bindings: {
        x: x.place,
        norm: context.place(norm),
        gradient: gradient.place,
        parts,
        coefficients,
        gammaGradient: context.place(step.gammaGradient),
        betaGradient: context.place(step.betaGradient),
      },
      slab: {
        first,
        count,
        pixels,
        pixelsPerPiece: perPiece,
        pieces,
        x: x.base,
        gradient: gradient.base,
        share: floatBits(share),
      },
      invocations,
      cost: invocations * costEach,
    });
  };
  const bytes = blocks * VECTOR_BYTES;
  const inPieces = slabsOf(context, {
    units: pieces,
    unitBytes: perPiece * bytes,
    cost: pixels * blocks * 40,
  });
  const inPixels = slabsOf(context, {
    units: pixels,
    unitBytes: bytes,
    cost: pixels * blocks * 40,
  });
  return [
    ...inPieces.map(({ first, count }) => {
      const end = Math.min((first + count) * perPiece, pixels);
      const vectors = [first * perPiece * blocks, end * blocks] as const;
      return pass("sums", [first, count], count * blocks, 40 * perPiece, vectors);
    }),
    pass("totals", [0, blocks], blocks, 8 * pieces, [0, 1]),
    ...inPixels.map(({ first, count }) => {
      const vectors = [first * blocks, (first + count) * blocks] as const;
      return pass("apply", [vectors[0], count * blocks], count * blocks, 40, vectors);
    }),
  ];
}

/** A float as its bits, for a slab record. */
function floatBits(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0];
}
