/** Hosts kernels_wgsl/batchnorm.wgsl and batchnorm_gradient.wgsl. @module */
import { floatBits } from "../../core/wasm.ts";
import {
  BATCH_NORM_EPSILON,
  BATCH_NORM_MOMENTUM,
  type BatchNorm,
  type BatchNormEval,
  type BatchNormGradient,
} from "../../plan/steps.ts";
import { type Context, countPartials, type Dispatch } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { blocksOf, VECTOR_BYTES } from "./layout.ts";
import { partialPixels, SUM_LANES } from "./partials.ts";
import { GROUP } from "./pipelines.ts";
import { slabsOf } from "./slabs.ts";

const CONSTANTS = {
  EPSILON: { float: BATCH_NORM_EPSILON },
  MOMENTUM: { float: BATCH_NORM_MOMENTUM },
} as const;

/** The most partial moments that one workgroup merges: four turns. */
const MOST_MERGED = 16 * SUM_LANES;

/** Partial moments that `gather` merges into one where there are more. */
const GATHERED = 16;

export function batchnorm(step: BatchNorm, context: Context): Dispatch[] {
  const blocks = blocksOf(context.shape(step.norm)[1]);
  const cut = context.momentCutOf(step.moments);
  const partialCount = countPartials(cut);
  const gathers = partialCount > MOST_MERGED;
  const partialsPerGroup = gathers ? GATHERED : 1;
  const groups = Math.ceil(partialCount / partialsPerGroup);
  const [gathered] = gathers ? context.workspace(groups * 3 * blocks * VECTOR_BYTES) : [];
  const common = {
    constants: CONSTANTS,
    bindings: {
      moments: context.place(step.moments),
      gathered,
      gamma: context.place(step.gamma),
      beta: context.place(step.beta),
      runningMean: context.place(step.runningMean),
      runningVar: context.place(step.runningVar),
      norm: context.place(step.norm),
    },
    slab: { blocks, ...cut, partialsPerGroup, groups },
  };
  const merge = dispatch("batchnorm", {
    ...common,
    entry: "merge",
    group: SUM_LANES,
    invocations: blocks * SUM_LANES,
    cost: groups * blocks * 60,
  });
  if (!gathers) return [merge];
  const gather = dispatch("batchnorm", {
    ...common,
    entry: "gather",
    invocations: groups * blocks,
    cost: partialCount * blocks * 60,
  });
  return [gather, merge];
}

/** Slab fields for running statistics, which have no partials. */
const NO_PARTIALS = {
  rows: 0,
  width: 0,
  rowsPerPartial: 0,
  columnsPerPartial: 0,
  partialsPerGroup: 0,
  groups: 0,
};

export function batchnormEval(step: BatchNormEval, context: Context): Dispatch[] {
  const blocks = blocksOf(context.shape(step.norm)[1]);
  return [dispatch("batchnorm", {
    entry: "evaluate",
    constants: CONSTANTS,
    bindings: {
      moments: undefined,
      gathered: undefined,
      gamma: context.place(step.gamma),
      beta: context.place(step.beta),
      runningMean: context.place(step.runningMean),
      runningVar: context.place(step.runningVar),
      norm: context.place(step.norm),
    },
    slab: { blocks, ...NO_PARTIALS },
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
  const pixelsPerPartial = partialPixels(pixels, blocks);
  const partialCount = Math.ceil(pixels / pixelsPerPartial);
  const rowBytes = 2 * blocks * VECTOR_BYTES;
  const [partials, coefficients] = context.workspace(partialCount * rowBytes, rowBytes);
  const meanFactor = step.frozen ? 0 : 1 / pixels;

  const pass = (
    entry: "sums" | "totals" | "apply",
    [first, count]: readonly [number, number],
    invocations: number,
    costEach: number,
    [firstVector, endVector]: readonly [number, number],
    group = GROUP,
  ): Dispatch => {
    const x = context.window(tensor, firstVector, endVector);
    const gradient = context.window(step.gradient, firstVector, endVector);
    return dispatch("batchnorm_gradient", {
      entry,
      constants: { RELU: relu ?? false },
      bindings: {
        x: x.place,
        norm: context.place(norm),
        gradient: gradient.place,
        partials,
        coefficients,
        gammaGradient: context.place(step.gammaGradient),
        betaGradient: context.place(step.betaGradient),
      },
      slab: {
        first,
        count,
        pixels,
        pixelsPerPartial,
        partialCount,
        x: x.base,
        gradient: gradient.base,
        meanFactor: floatBits(meanFactor),
        blocks,
      },
      group,
      invocations,
      cost: invocations * costEach,
    });
  };
  const bytes = blocks * VECTOR_BYTES;
  const inPartials = slabsOf(context, {
    units: partialCount,
    unitBytes: pixelsPerPartial * bytes,
    cost: pixels * blocks * 40,
  });
  const inPixels = slabsOf(context, {
    units: pixels,
    unitBytes: bytes,
    cost: pixels * blocks * 40,
  });
  return [
    ...inPartials.map(({ first, count }) => {
      const end = Math.min((first + count) * pixelsPerPartial, pixels);
      const vectors = [first * pixelsPerPartial * blocks, end * blocks] as const;
      return pass("sums", [first, count], count * blocks, 40 * pixelsPerPartial, vectors);
    }),
    pass("totals", [0, blocks], blocks * SUM_LANES, partialCount / 32, [0, 1], SUM_LANES),
    ...inPixels.map(({ first, count }) => {
      const vectors = [first * blocks, (first + count) * blocks] as const;
      return pass("apply", [vectors[0], count * blocks], count * blocks, 40, vectors);
    }),
  ];
}
