/**
 * Hosts kernels_wgsl/pointwise.wgsl, the 1x1 convolution between maps, as a convolution of one tap.
 *
 * @module
 */
import { stepFlops } from "../../plan/flops.ts";
import type { Pointwise, PointwiseInputGradient } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { flippedWeights } from "./conv3x3.ts";
import { directConvolution } from "./conv3x3_direct.ts";

export function pointwise(step: Pointwise, context: Context): Dispatch[] {
  return directConvolution(context, {
    taps: 1,
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

export function pointwiseInputGradient(step: PointwiseInputGradient, context: Context): Dispatch[] {
  const [weight, rotation] = flippedWeights(step, context);
  return [
    rotation,
    ...directConvolution(context, {
      taps: 1,
      sources: [{ tensor: step.gradient }],
      targets: step.targets,
      frame: context.shape(step.gradient),
      weight,
      cost: flopsOf(step, context),
    }),
  ];
}

function flopsOf(step: Pointwise | PointwiseInputGradient, context: Context): number {
  return stepFlops(step, { get: (name) => context.spec(name) });
}
