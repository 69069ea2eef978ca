/**
 * Convolution between maps, 3x3 or 1x1, and its input gradient, which is a convolution with weights
 * rotated by 180 degrees (kernels_wgsl/rotate180.wgsl). The GPU engine has one algorithm, the
 * direct one, hosted by conv3x3_direct.ts.
 *
 * @module
 */
import { stepFlops } from "../../plan/flops.ts";
import type {
  Conv3x3,
  Conv3x3InputGradient,
  Pointwise,
  PointwiseInputGradient,
} from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { directConvolution } from "./conv3x3_direct.ts";
import { dispatch } from "./dispatch.ts";
import { blocksOf, bytesOf, sourceBlocks, tapsOf } from "./layout.ts";

/** Blocks of both kinds of channels that a workgroup rotates. */
const ROTATED_TILE = 8;

export function convolution(step: Conv3x3 | Pointwise, context: Context): Dispatch[] {
  return directConvolution(context, {
    taps: tapsOf(context.spec(step.weight)),
    sources: step.sources,
    targets: [{ tensor: step.out }],
    frame: context.shape(step.out),
    weight: context.place(step.weight),
    bias: context.placeIf(step.bias),
    relu: step.relu,
    moments: step.moments,
    cost: stepFlops(step, context.specs),
  });
}

export function inputGradient(
  step: Conv3x3InputGradient | PointwiseInputGradient,
  context: Context,
): Dispatch[] {
  const weight = context.spec(step.weight);
  const taps = tapsOf(weight);
  const outBlocks = blocksOf(weight.shape[0]);
  const inBlocks = sourceBlocks(step.targets.map(({ tensor }) => context.shape(tensor)[1]));
  const [flippedWeights] = context.workspace(bytesOf(weight));
  const tiles = Math.ceil(outBlocks / ROTATED_TILE) * Math.ceil(inBlocks / ROTATED_TILE) * taps;
  return [
    dispatch("rotate180", {
      entry: "rotate180",
      constants: { TILE: ROTATED_TILE },
      bindings: { weight: context.place(step.weight), flippedWeights },
      slab: { outBlocks, inBlocks, taps },
      invocations: tiles * ROTATED_TILE ** 2,
      cost: outBlocks * inBlocks * taps * 16,
    }),
    ...directConvolution(context, {
      taps,
      sources: [{ tensor: step.gradient }],
      targets: step.targets,
      frame: context.shape(step.gradient),
      weight: flippedWeights,
      cost: stepFlops(step, context.specs),
    }),
  ];
}
