/**
 * Lists the kernels with which the CPU engine computes a plan.
 *
 * @module
 */
import { Context } from "../../lib/engine/cpu/context.ts";
import { lower } from "../../lib/engine/cpu/lower.ts";
import { type Plan, SEGMENTS, stepsOf } from "../../lib/plan/plan.ts";
import type { Step } from "../../lib/plan/steps.ts";

/** The names of the kernels, in order. Nothing is computed. */
export function kernelsOf(plan: Plan): string[] {
  const { kernelsOfSteps, preparations } = compileNowhere(plan);
  return [...kernelsOfSteps.flatMap(({ kernels }) => kernels), ...preparations];
}

/** The kinds of steps that Winograd's algorithm computes in a wide network, sorted. */
export const WINOGRAD_KINDS = ["conv3x3", "conv3x3_input_gradient", "conv3x3_weight_gradient"];

/** Whether any kernel of a plan is Winograd's. */
export function usesWinograd(plan: Plan): boolean {
  return kernelsOf(plan).some(isWinograd);
}

/** The kinds of a plan's steps that Winograd's kernels compute, sorted. */
export function kindsByWinograd(plan: Plan): Step["kind"][] {
  const steps = compileNowhere(plan).kernelsOfSteps.filter(({ kernels }) =>
    kernels.some(isWinograd)
  );
  return [...new Set(steps.map(({ kind }) => kind))].toSorted();
}

/** Whether a kernel is Winograd's. */
export function isWinograd(kernel: string): boolean {
  return /winograd/i.test(kernel);
}

/**
 * A context with dummy addresses. It collects the scratch that steps need, as in the first of the
 * engine's two passes.
 */
export function contextNowhere(plan: Plan): Context {
  return new Context(plan, { tensor: () => 0, tables: 0, workspace: 0, kept: 0 });
}

function compileNowhere(plan: Plan) {
  const context = contextNowhere(plan);
  const kernelsOfSteps = stepsOf(plan, SEGMENTS).map((step) => ({
    kind: step.kind,
    kernels: lower(step, context).map(({ kernel }) => kernel),
  }));
  return { kernelsOfSteps, preparations: context.preparations.map(({ kernel }) => kernel) };
}
