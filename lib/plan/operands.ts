/**
 * The operands of steps: the tensors that they read and write. The memory plan derives lifetimes
 * from them.
 *
 * @module
 */
import { type Lowering, lowerWith } from "./lowering.ts";
import type {
  BatchNorm,
  Conv3x3,
  Conv3x3InputGradient,
  Conv3x3WeightGradient,
  Pointwise,
  PointwiseInputGradient,
  PointwiseWeightGradient,
  Source,
  Step,
  Target,
} from "./steps.ts";

/** The tensors of one step. A tensor that is updated in place is in both lists. */
export interface Operands {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
}

/** Lists the operands of a step. */
export function operandsOf(step: Step): Operands {
  return lowerWith(OPERANDS, step, undefined);
}

const convolution = ({ sources, weight, bias, out, moments }: Conv3x3 | Pointwise) => ({
  reads: [...sources.flatMap(source), weight, ...given(bias)],
  writes: [out, ...given(moments)],
});

const inputGradient = (
  { gradient, weight, targets }: Conv3x3InputGradient | PointwiseInputGradient,
) => ({ reads: [gradient, weight], writes: targets.map(target) });

const weightGradient = (
  { sources, gradient, weightGradient }: Conv3x3WeightGradient | PointwiseWeightGradient,
) => ({ reads: [...sources.flatMap(source), gradient], writes: [weightGradient] });

const OPERANDS: Lowering<undefined, Operands> = {
  augment: ({ rawImages, rawMasks, changes, image, mask }) => ({
    reads: [rawImages, rawMasks, changes],
    writes: [image, mask],
  }),
  normalise: ({ image, out }) => ({ reads: [image], writes: [out] }),
  conv3x3: convolution,
  pointwise: convolution,
  batchnorm: ({ moments, norm, ...step }) => ({
    reads: [moments, ...parameters(step)],
    writes: [norm, step.runningMean, step.runningVar],
  }),
  batchnorm_eval: ({ norm, ...step }) => ({ reads: parameters(step), writes: [norm] }),
  fold: ({ weight, outWeight, outBias, ...step }) => ({
    reads: [weight, ...parameters(step)],
    writes: [outWeight, outBias],
  }),
  groupnorm: ({ x, gamma, beta, norm, out }) => ({
    reads: [x, gamma, beta],
    writes: [norm, out],
  }),
  dropout: (step) => ({ reads: [...source(step.source), step.factors], writes: [step.out] }),
  element_dropout: (step) => ({
    reads: [...source(step.source), step.words],
    writes: [step.out],
  }),
  sum: ({ sources, out, adds }) => ({
    reads: [...sources.flatMap(source), ...(adds ? [out] : [])],
    writes: [out],
  }),
  gate: (step) => ({ reads: [...source(step.source), ...source(step.gate)], writes: [step.out] }),
  gate_gradient: (step) => ({
    reads: [...source(step.source), ...source(step.gate), step.gradient],
    writes: [step.sourceGradient, step.gateGradient],
  }),
  maxpool2: (step) => ({ reads: source(step.source), writes: [step.out] }),
  upsample2: (step) => ({ reads: source(step.source), writes: [step.out] }),
  convtranspose2: (step) => ({
    reads: [...source(step.source), step.weight, step.bias],
    writes: [step.out],
  }),
  conv1x1: (step) => ({
    reads: [...source(step.source), step.weight, step.bias],
    writes: [step.out],
  }),
  boundary: ({ mask, out }) => ({ reads: [mask], writes: [out] }),
  avgpool2: ({ plane, out }) => ({ reads: [plane], writes: [out] }),
  loss: ({ logits, mask, boundary, result, gradient, adds, scaling }) => ({
    reads: [logits, mask, ...given(boundary), ...given(scaling), ...(adds ? [result] : [])],
    writes: [result, ...given(gradient)],
  }),
  overlap: ({ logits, mask, result }) => ({ reads: [logits, mask], writes: [result] }),
  conv1x1_gradient: (step) => ({
    reads: [...source(step.source), step.weight, step.gradient],
    writes: [step.sourceGradient, step.weightGradient, step.biasGradient],
  }),
  batchnorm_gradient: (step) => ({
    reads: [...source(step.source), step.gradient],
    writes: [step.gradient, step.gammaGradient, step.betaGradient],
  }),
  groupnorm_gradient: (step) => ({
    reads: [step.x, step.norm, step.gradient],
    writes: [step.out, step.gammaGradient, step.betaGradient],
  }),
  conv3x3_input_gradient: inputGradient,
  conv3x3_weight_gradient: weightGradient,
  pointwise_input_gradient: inputGradient,
  pointwise_weight_gradient: weightGradient,
  relu_gradient: ({ gradient, out, adds, ...step }) => ({
    reads: [...source(step.source), gradient, ...(adds ? [out] : [])],
    writes: [out],
  }),
  convtranspose2_input_gradient: ({ gradient, weight, out }) => ({
    reads: [gradient, weight],
    writes: [out],
  }),
  convtranspose2_weight_gradient: (step) => ({
    reads: [...source(step.source), step.gradient],
    writes: [step.weightGradient, step.biasGradient],
  }),
  upsample2_gradient: ({ gradient, out }) => ({ reads: [gradient], writes: [out] }),
  maxpool2_gradient: (step) => ({
    reads: [...source(step.source), step.gradient, step.out],
    writes: [step.out],
  }),
  accumulate: ({ entries, added }) => {
    const sums = entries.map(({ accumulated }) => accumulated);
    return { reads: [...entries.map(({ gradient }) => gradient), ...sums, added], writes: sums };
  },
  gradient_norm: ({ gradients, result }) => ({ reads: [...gradients], writes: [result] }),
  loss_scaling: ({ clip, scaling, rate }) => ({
    reads: [clip, scaling, rate],
    writes: [clip, scaling, rate],
  }),
  update: ({ entries, rate, clip }) => {
    const moved = entries.flatMap(({ parameter, slots }) => [parameter, ...Object.values(slots)]);
    const gradients = entries.map(({ gradient }) => gradient);
    return { reads: [...moved, ...gradients, rate, ...given(clip)], writes: moved };
  },
  average: ({ entries, rate }) => {
    const averages = entries.map(({ average }) => average);
    return { reads: [...entries.map(({ value }) => value), ...averages, rate], writes: averages };
  },
};

/** The parameters and statistics of a batch norm. */
function parameters(
  step: Pick<BatchNorm, "gamma" | "beta" | "runningMean" | "runningVar">,
): string[] {
  return [step.gamma, step.beta, step.runningMean, step.runningVar];
}

function source({ tensor, norm }: Source): string[] {
  return [tensor, ...given(norm)];
}

function target({ tensor }: Target): string {
  return tensor;
}

function given(name: string | undefined): string[] {
  return name === undefined ? [] : [name];
}
