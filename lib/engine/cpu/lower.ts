/** Lowers steps to jobs. @module */
import { type Lowering, lowerWith } from "../../plan/lowering.ts";
import type { Step } from "../../plan/steps.ts";
import { checkSources } from "../check_sources.ts";
import { accumulate } from "./accumulate.ts";
import { average } from "./average.ts";
import { avgpool2 } from "./avgpool2.ts";
import { batchnorm, batchnormEval, batchnormGradient } from "./batchnorm.ts";
import { boundary } from "./boundary.ts";
import type { Context } from "./context.ts";
import { conv1x1, conv1x1Gradient } from "./conv1x1.ts";
import { conv3x3, conv3x3InputGradient, conv3x3WeightGradient } from "./conv3x3.ts";
import {
  convtranspose2,
  convtranspose2InputGradient,
  convtranspose2WeightGradient,
} from "./convtranspose2.ts";
import { dropout } from "./dropout.ts";
import { elementDropout } from "./element_dropout.ts";
import { fold } from "./fold.ts";
import { gate, gateGradient } from "./gate.ts";
import { gradientNorm } from "./gradient_norm.ts";
import { groupnorm, groupnormGradient } from "./groupnorm.ts";
import type { Job } from "./job.ts";
import { loss, NO_SCALING } from "./loss.ts";
import { maxpool2, maxpool2Gradient } from "./maxpool2.ts";
import { normalise } from "./normalise.ts";
import { overlap } from "./overlap.ts";
import { pointwise, pointwiseInputGradient, pointwiseWeightGradient } from "./pointwise.ts";
import { reluGradient, sum } from "./sum.ts";
import { update } from "./update.ts";
import { upsample2, upsample2Gradient } from "./upsample2.ts";

/** The jobs of a step, in the order in which they run. */
export function lower(step: Step, context: Context): Job[] {
  context.beginStep();
  checkSources(step, (name) => context.spec(name));
  return lowerWith(LOWERING, step, context);
}

const LOWERING: Lowering<Context, Job[]> = {
  augment() {
    throw new Error("the CPU engine changes no images: its batches are changed before they come");
  },
  normalise,
  conv3x3,
  batchnorm,
  batchnorm_eval: batchnormEval,
  fold,
  groupnorm,
  dropout,
  element_dropout: elementDropout,
  maxpool2,
  convtranspose2,
  upsample2,
  conv1x1,
  boundary,
  loss,
  overlap,
  conv1x1_gradient: conv1x1Gradient,
  batchnorm_gradient: batchnormGradient,
  groupnorm_gradient: groupnormGradient,
  conv3x3_input_gradient: conv3x3InputGradient,
  conv3x3_weight_gradient: conv3x3WeightGradient,
  convtranspose2_input_gradient: convtranspose2InputGradient,
  convtranspose2_weight_gradient: convtranspose2WeightGradient,
  upsample2_gradient: upsample2Gradient,
  maxpool2_gradient: maxpool2Gradient,
  sum,
  avgpool2,
  pointwise,
  pointwise_input_gradient: pointwiseInputGradient,
  pointwise_weight_gradient: pointwiseWeightGradient,
  relu_gradient: reluGradient,
  gate,
  gate_gradient: gateGradient,
  accumulate,
  gradient_norm: gradientNorm,
  loss_scaling() {
    throw new Error(NO_SCALING);
  },
  update,
  average,
};
