/**
 * 3x3 convolution and its input gradient, which is a convolution with weights rotated by 180
 * degrees (kernels_wgsl/rotate180.wgsl). The GPU engine has one algorithm, the direct one, hosted
 * by conv3x3_direct.ts.
 *
 * @module
 */
import { stepFlops } from "../../plan/flops.ts";
import type { Region } from "../../plan/memory_plan.ts";
import type { Conv3x3, Conv3x3InputGradient, PointwiseInputGradient } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { directConvolution } from "./conv3x3_direct.ts";
import { dispatch } from "./dispatch.ts";
import { blocksOf, bytesOf, sourceBlocks, tapsOf } from "./layout.ts";

export function conv3x3(step: Conv3x3, context: Context): Dispatch[] {
  return directConvolution(context, {
    taps: 9,
    sources: step.sources,
    targets: [{ tensor: step.out }],
    frame: context.shape(step.out),
    weight: context.place(step.weight),
    bias: context.placeIf(step.bias),
    relu: step.relu,
    moments: step.moments,
    cost: flopsOf(step, context),
  });
}

export function conv3x3InputGradient(step: Conv3x3InputGradient, context: Context): Dispatch[] {
  const [weight, rotation] = flippedWeights(step, context);
  return [
    rotation,
    ...directConvolution(context, {
      taps: 9,
      sources: [{ tensor: step.gradient }],
      targets: step.targets,
      frame: context.shape(step.gradient),
      weight,
      cost: flopsOf(step, context),
    }),
  ];
}

/** The weights of an input gradient, and the dispatch that rotates them. */
export function flippedWeights(
  { weight: name, targets }: Conv3x3InputGradient | PointwiseInputGradient,
  context: Context,
): [Region, Dispatch] {
  const weight = context.spec(name);
  const outBlocks = blocksOf(weight.shape[0]);
  const inBlocks = sourceBlocks(targets.map(({ tensor }) => context.shape(tensor)[1]));
  const [flippedWeights] = context.workspace(bytesOf(weight));
  const matrices = outBlocks * inBlocks * tapsOf(weight);
  const rotation = dispatch("rotate180", {
    entry: "rotate180",
    constants: {},
    bindings: { weight: context.place(name), flippedWeights },
    slab: { outBlocks, inBlocks, taps: tapsOf(weight) },
    invocations: matrices,
    cost: matrices * 16,
  });
  return [flippedWeights, rotation];
}

function flopsOf(step: Conv3x3 | Conv3x3InputGradient, context: Context): number {
  return stepFlops(step, { get: (name) => context.spec(name) });
}
