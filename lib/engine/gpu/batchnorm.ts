/** Hosts kernels_wgsl/batchnorm.wgsl, fold.wgsl and batchnorm_gradient.wgsl. @module */
import type { BatchNorm, BatchNormEval, BatchNormGradient, Fold } from "../../plan/steps.ts";
import { type Context, countPieces, type Dispatch } from "./context.ts";
import { blocksOf, sourceBlocks, splitOf, VECTOR_BYTES } from "./layout.ts";
import { piecePixels } from "./shares.ts";
import { slabsOf } from "./slabs.ts";

export function batchnorm(step: BatchNorm, context: Context): Dispatch[] {
  const blocks = blocksOf(context.shape(step.norm)[1]);
  const cut = context.piecesOf(step.moments);
  const pieces = countPieces(cut);
  const perGroup = Math.ceil(Math.sqrt(pieces));
  const groups = Math.ceil(pieces / perGroup);
  const [gathered] = context.workspace(groups * 3 * blocks * VECTOR_BYTES);
  const { rows, width, rowsPerPiece, columnsPerPiece } = cut;
  const common = {
    kernel: "batchnorm",
    constants: {},
    bindings: [
      context.place(step.moments),
      gathered,
      context.place(step.gamma),
      context.place(step.beta),
      context.place(step.runningMean),
      context.place(step.runningVar),
      context.place(step.norm),
    ],
    slab: [blocks, rows, width, rowsPerPiece, columnsPerPiece, perGroup, groups],
  };
  return [
    { ...common, entry: "gather", invocations: groups * blocks, cost: pieces * blocks * 60 },
    { ...common, entry: "merge", invocations: blocks, cost: groups * blocks * 60 },
  ];
}

export function batchnormEval(step: BatchNormEval, context: Context): Dispatch[] {
  const blocks = blocksOf(context.shape(step.norm)[1]);
  return [{
    kernel: "batchnorm",
    entry: "evaluate",
    constants: {},
    bindings: [
      undefined,
      undefined,
      context.place(step.gamma),
      context.place(step.beta),
      context.place(step.runningMean),
      context.place(step.runningVar),
      context.place(step.norm),
    ],
    slab: [blocks],
    invocations: blocks,
    cost: blocks * 40,
  }];
}

export function fold(step: Fold, context: Context): Dispatch[] {
  const weight = context.spec(step.weight);
  const outBlocks = blocksOf(weight.shape[0]);
  const perBlock = sourceBlocks(splitOf(weight)) * 9;
  const names = [step.weight, step.gamma, step.beta, step.runningMean, step.runningVar];
  return [{
    kernel: "fold",
    entry: "fold",
    constants: {},
    bindings: [...names, step.outWeight, step.outBias].map((name) => context.place(name)),
    slab: [outBlocks, perBlock],
    invocations: outBlocks * perBlock,
    cost: outBlocks * perBlock * 32,
  }];
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

  const dispatch = (
    entry: string,
    [first, count]: readonly [number, number],
    invocations: number,
    costEach: number,
    [firstVector, endVector]: readonly [number, number],
  ): Dispatch => {
    const x = context.window(tensor, firstVector, endVector);
    const gradient = context.window(step.gradient, firstVector, endVector);
    const sizes = [first, count, pixels, perPiece, pieces];
    return {
      kernel: "batchnorm_gradient",
      entry,
      constants: { BLOCKS: blocks, RELU: relu ?? false },
      bindings: [
        x.place,
        context.place(norm),
        gradient.place,
        parts,
        coefficients,
        context.place(step.gammaGradient),
        context.place(step.betaGradient),
      ],
      slab: [...sizes, x.base, gradient.base, floatBits(share)],
      invocations,
      cost: invocations * costEach,
    };
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
      return dispatch("sums", [first, count], count * blocks, 40 * perPiece, vectors);
    }),
    dispatch("totals", [0, blocks], blocks, 8 * pieces, [0, 1]),
    ...inPixels.map(({ first, count }) => {
      const vectors = [first * blocks, (first + count) * blocks] as const;
      return dispatch("apply", [vectors[0], count * blocks], count * blocks, 40, vectors);
    }),
  ];
}

/** A float as its bits, for a slab record. */
export function floatBits(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0];
}
