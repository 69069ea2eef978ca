/**
 * Which kernels the CPU engine computes a plan with.
 *
 * @module
 */
import { type Plan, SEGMENTS, stepsOf } from "../../lib/plan/plan.ts";
import { Context } from "../../lib/engine/cpu/context.ts";
import { lower } from "../../lib/engine/cpu/lower.ts";
import type { Step } from "../../lib/plan/steps.ts";

/** The names of the kernels, in order, nothing being computed. */
export function kernelsOf(plan: Plan): string[] {
  const { kernelsOfSteps, preparations } = compileNowhere(plan);
  return [...kernelsOfSteps.flatMap(({ kernels }) => kernels), ...preparations];
}

/** What Winograd's algorithm computes in a network that is wide enough, sorted. */
export const WINOGRAD_KINDS = ["conv3x3", "conv3x3_input_gradient", "conv3x3_weight_gradient"];

/** Whether one of them is Winograd's. */
export function usesWinograd(plan: Plan): boolean {
  return kernelsOf(plan).some(isWinograd);
}

/** The kinds of steps some of which Winograd's kernels compute, sorted. */
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

/** A context in which all addresses are made up: it learns what steps ask for, as in the first of the engine's two passes. */
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
