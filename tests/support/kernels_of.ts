/**
 * Which kernels the CPU engine computes a plan with.
 *
 * @module
 */
import { Context } from "../../lib/engine/cpu/context.ts";
import { jobsOf } from "../../lib/engine/cpu/jobs_of.ts";
import type { Plan } from "../../lib/engine/plan.ts";

/** The names of the kernels, in order, nothing being computed. */
export function kernelsOf(plan: Plan): string[] {
  const specs = new Map(plan.tensors.map((spec) => [spec.name, spec]));
  const nowhere = { tensor: () => 0, tables: 0, workspace: 0, kept: 0 };
  const context = new Context(plan, specs, nowhere);
  const jobs = [...plan.setup, ...plan.steps].flatMap((step) => jobsOf(step, context));
  return [...jobs, ...context.preparations].map(({ kernel }) => kernel);
}

/** Whether one of them is Winograd's. */
export function usesWinograd(plan: Plan): boolean {
  return kernelsOf(plan).some((kernel) => /winograd/i.test(kernel));
}
