/**
 * The shader texts that plans need on a GPU, and the variants among which a GPU may choose. Nothing
 * is compiled here.
 *
 * @module
 */
import {
  dispatchesOf as dispatchesOfSteps,
  LARGE_GPU,
} from "../../bench/lab/gpu_static/dispatches.ts";
import type { Dispatch } from "../../lib/engine/gpu/context.ts";
import type { KernelName } from "../../lib/engine/gpu/kernels.ts";
import type { GpuLimits } from "../../lib/engine/gpu/limits.ts";
import { GROUP, shaderText } from "../../lib/engine/gpu/pipelines.ts";
import { type Plan, SEGMENTS } from "../../lib/plan/plan.ts";

/** What a GPU of today allows. */
export const HARDWARE: GpuLimits = { ...LARGE_GPU, dispatchFlops: 1e12 };

/** A text with one of its entry points. */
export interface Shader {
  readonly kernel: KernelName;
  readonly entry: string;
  /** Storage buffers. */
  readonly bindings: number;
  /** Invocations of a workgroup. */
  readonly group: number;
  readonly code: string;
}

/** The dispatches of a plan under limits. */
export function dispatchesOf(plan: Plan, limits: GpuLimits): Dispatch[] {
  return dispatchesOfSteps(plan, limits, SEGMENTS).map(({ dispatch }) => dispatch);
}

/** How many pipelines plans need in their usual variants. */
export function pipelineCount(plans: readonly Plan[], limits: GpuLimits): number {
  const dispatches = plans.flatMap((plan) => dispatchesOf(plan, limits));
  const texts = dispatches.map((dispatch) => `${dispatch.entry}\n${shaderText(dispatch)}`);
  return new Set(texts).size;
}

/** All variants among which a GPU may choose for a plan. */
export function variantsOf(plan: Plan, limits: GpuLimits): string[] {
  const variants = new Set<string>();
  dispatchesOf(plan, {
    ...limits,
    variantOf(_, fitting) {
      fitting.forEach((variant) => variants.add(variant));
      return undefined;
    },
  });
  return [...variants];
}

/** The distinct shaders of plans, in every variant. */
export function shadersOf(plans: Iterable<Plan>, limits: GpuLimits): Shader[] {
  const shaders = new Map<string, Shader>();
  for (const plan of plans) {
    // Without variants, one name of none.
    for (const variant of ["", ...variantsOf(plan, limits)]) {
      // A variant is meant, however few workgroups it has.
      const forced = { ...limits, busyWorkgroups: 0, variantOf: () => variant };
      for (const dispatch of dispatchesOf(plan, forced)) {
        const { kernel, entry, bindings, group = GROUP } = dispatch;
        const code = shaderText(dispatch);
        shaders.set(`${entry}\n${code}`, {
          kernel,
          entry,
          bindings: bindings.length,
          group,
          code,
        });
      }
    }
  }
  return [...shaders.values()];
}
