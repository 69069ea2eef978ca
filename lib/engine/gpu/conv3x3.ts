/**
 * Convolution between maps, 3x3 or 1x1, and its input gradient, which is a convolution with weights
 * rotated by 180 degrees (kernels_wgsl/rotate180.wgsl). conv3x3_winograd.ts says which ones it
 * computes, conv3x3_direct.ts computes the others.
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
import { isByWinograd, winogradConvolution } from "./conv3x3_winograd.ts";
import type { Convolution } from "./convolution.ts";
import { dispatch } from "./dispatch.ts";
import { blocksOf, bytesOf, sourceBlocks, tapsOf } from "./layout.ts";

/** Blocks of both kinds of channels that a workgroup rotates. */
const ROTATED_TILE = 8;

export function convolution(step: Conv3x3 | Pointwise, context: Context): Dispatch[] {
  const of: Convolution = {
    taps: tapsOf(context.spec(step.weight)),
    sources: step.sources,
    targets: [{ tensor: step.out }],
    frame: context.shape(step.out),
    weight: context.place(step.weight),
    bias: context.placeIf(step.bias),
    relu: step.relu,
    moments: step.moments,
    cost: stepFlops(step, context.specs),
  };
  return isByWinograd(context, of)
    ? winogradConvolution(context, of, "forward")
    : directConvolution(context, of);
}

export function inputGradient(
  step: Conv3x3InputGradient | PointwiseInputGradient,
  context: Context,
): Dispatch[] {
  const weight = context.spec(step.weight);
  const taps = tapsOf(weight);
  const of: Convolution = {
    taps,
    sources: [{ tensor: step.gradient }],
    targets: step.targets,
    frame: context.shape(step.gradient),
    weight: context.place(step.weight),
    cost: stepFlops(step, context.specs),
  };
  if (isByWinograd(context, of)) return winogradConvolution(context, of, "backward");
  const outBlocks = blocksOf(weight.shape[0]);
  const inBlocks = sourceBlocks(step.targets.map(({ tensor }) => context.shape(tensor)[1]));
  const [flippedWeights] = context.workspace(bytesOf(weight));
  const tiles = Math.ceil(outBlocks / ROTATED_TILE) * Math.ceil(inBlocks / ROTATED_TILE) * taps;
  return [
    dispatch("rotate180", {
      entry: "rotate180",
      constants: { TILE: ROTATED_TILE },
      bindings: { weight: of.weight, flippedWeights },
      slab: { outBlocks, inBlocks, taps },
      invocations: tiles * ROTATED_TILE ** 2,
      cost: outBlocks * inBlocks * taps * 16,
    }),
    ...directConvolution(context, { ...of, weight: flippedWeights }),
  ];
}
