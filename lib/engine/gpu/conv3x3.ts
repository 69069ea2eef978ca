/**
 * 3x3 convolution and its input gradient, which is a convolution with weights rotated by 180
 * degrees (kernels_wgsl/rotate180.wgsl). The GPU engine has one algorithm, the direct one, hosted
 * by conv3x3_direct.ts.
 *
 * @module
 */
import { stepFlops } from "../../plan/flops.ts";
import type { Conv3x3, Conv3x3InputGradient } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { directConvolution } from "./conv3x3_direct.ts";
import { dispatch } from "./dispatch.ts";
import { blocksOf, bytesOf, sourceBlocks } from "./layout.ts";

export function conv3x3(step: Conv3x3, context: Context): Dispatch[] {
  return directConvolution(context, {
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
  const weight = context.spec(step.weight);
  const outBlocks = blocksOf(weight.shape[0]);
  const inBlocks = sourceBlocks(step.targets.map(({ tensor }) => context.shape(tensor)[1]));
  const [flippedWeights] = context.workspace(bytesOf(weight));
  const matrices = outBlocks * inBlocks * 9;
  return [
    dispatch("rotate180", {
      entry: "rotate180",
      constants: {},
      bindings: { weight: context.place(step.weight), flippedWeights },
      slab: { outBlocks, inBlocks },
      invocations: matrices,
      cost: matrices * 16,
    }),
    ...directConvolution(context, {
      sources: [{ tensor: step.gradient }],
      targets: step.targets,
      frame: context.shape(step.gradient),
      weight: flippedWeights,
      cost: flopsOf(step, context),
    }),
  ];
}

function flopsOf(step: Conv3x3 | Conv3x3InputGradient, context: Context): number {
  return stepFlops(step, { get: (name) => context.spec(name) });
}
