/** From a step to the jobs that compute it. @module */
import { type Step } from "../../plan/steps.ts";
import { checkSources } from "../check_sources.ts";
import { adam } from "./adam.ts";
import { batchnorm, batchnormEval, batchnormGradient } from "./batchnorm.ts";
import type { Context } from "./context.ts";
import { conv1x1, conv1x1Gradient } from "./conv1x1.ts";
import { conv3x3, conv3x3InputGradient, conv3x3WeightGradient } from "./conv3x3.ts";
import {
  convtranspose2,
  convtranspose2InputGradient,
  convtranspose2WeightGradient,
} from "./convtranspose2.ts";
import { fold } from "./fold.ts";
import { loss } from "./loss.ts";
import type { Job } from "./machine.ts";
import { maxpool2, maxpool2Gradient } from "./maxpool2.ts";
import { normalise } from "./normalise.ts";
import { overlap } from "./overlap.ts";
import { upsample2, upsample2Gradient } from "./upsample2.ts";

/** The jobs of a step, to be run one after the other. */
export function jobsOf(step: Step, context: Context): Job[] {
  context.beginStep();
  checkSources(step, (name) => context.spec(name));
  switch (step.kind) {
    case "normalise":
      return normalise(step, context);
    case "conv3x3":
      return conv3x3(step, context);
    case "batchnorm":
      return batchnorm(step, context);
    case "batchnorm_eval":
      return batchnormEval(step, context);
    case "fold":
      return fold(step, context);
    case "maxpool2":
      return maxpool2(step, context);
    case "convtranspose2":
      return convtranspose2(step, context);
    case "upsample2":
      return upsample2(step, context);
    case "conv1x1":
      return conv1x1(step, context);
    case "loss":
      return loss(step, context);
    case "overlap":
      return overlap(step, context);
    case "conv1x1_gradient":
      return conv1x1Gradient(step, context);
    case "batchnorm_gradient":
      return batchnormGradient(step, context);
    case "conv3x3_input_gradient":
      return conv3x3InputGradient(step, context);
    case "conv3x3_weight_gradient":
      return conv3x3WeightGradient(step, context);
    case "convtranspose2_input_gradient":
      return convtranspose2InputGradient(step, context);
    case "convtranspose2_weight_gradient":
      return convtranspose2WeightGradient(step, context);
    case "upsample2_gradient":
      return upsample2Gradient(step, context);
    case "maxpool2_gradient":
      return maxpool2Gradient(step, context);
    case "adam":
      return adam(step, context);
  }
}
