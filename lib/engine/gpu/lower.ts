/** Lowers steps to dispatches. @module */
import { type Lowering, lowerWith } from "../../plan/lowering.ts";
import type { Step } from "../../plan/steps.ts";
import { checkSources } from "../check_sources.ts";
import { accumulate } from "./accumulate.ts";
import { augment } from "./augment.ts";
import { average } from "./average.ts";
import { avgpool2 } from "./avgpool2.ts";
import { batchnorm, batchnormEval, batchnormGradient } from "./batchnorm.ts";
import { boundary } from "./boundary.ts";
import type { Context, Dispatch } from "./context.ts";
import { conv1x1, conv1x1Gradient } from "./conv1x1.ts";
import { convolution, inputGradient } from "./conv3x3.ts";
import { weightGradient } from "./conv3x3_weight_gradient.ts";
import {
  convtranspose2,
  convtranspose2InputGradient,
  convtranspose2WeightGradient,
} from "./convtranspose2.ts";
import { dropout, elementDropout } from "./dropout.ts";
import { fold } from "./fold.ts";
import { gate, gateGradient } from "./gate.ts";
import { gradientNorm } from "./gradient_norm.ts";
import { groupnorm, groupnormGradient } from "./groupnorm.ts";
import { loss } from "./loss.ts";
import { lossScaling } from "./loss_scaling.ts";
import { maxpool2, maxpool2Gradient } from "./maxpool2.ts";
import { normalise } from "./normalise.ts";
import { overlap } from "./overlap.ts";
import { reluGradient } from "./relu_gradient.ts";
import { sum } from "./sum.ts";
import { update } from "./update.ts";
import { upsample2, upsample2Gradient } from "./upsample2.ts";

/** The dispatches of a step, in the order in which they run. */
export function lower(step: Step, context: Context): Dispatch[] {
  checkSources(step, (name) => context.spec(name));
  return lowerWith(LOWERING, step, context);
}

const LOWERING: Lowering<Context, Dispatch[]> = {
  augment,
  normalise,
  conv3x3: convolution,
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
  conv3x3_input_gradient: inputGradient,
  conv3x3_weight_gradient: weightGradient,
  convtranspose2_input_gradient: convtranspose2InputGradient,
  convtranspose2_weight_gradient: convtranspose2WeightGradient,
  upsample2_gradient: upsample2Gradient,
  maxpool2_gradient: maxpool2Gradient,
  sum,
  avgpool2,
  pointwise: convolution,
  pointwise_input_gradient: inputGradient,
  pointwise_weight_gradient: weightGradient,
  relu_gradient: reluGradient,
  gate,
  gate_gradient: gateGradient,
  accumulate,
  gradient_norm: gradientNorm,
  loss_scaling: lossScaling,
  update,
  average,
};
