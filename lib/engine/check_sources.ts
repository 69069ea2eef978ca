/**
 * Checks sources that the types of a step allow but no engine computes, before anything is
 * compiled.
 *
 * @module
 */
import type { Source, Step, StepKind, TensorKind, TensorSpec } from "../plan/steps.ts";

const PLANE_READERS: ReadonlySet<StepKind> = new Set<StepKind>([
  "conv3x3",
  "conv3x3_weight_gradient",
  "pointwise",
  "pointwise_weight_gradient",
]);

/**
 * Checks that engines can read the sources of a step. Only convolutions between maps and their
 * weight gradients read a `plane`: without batch norm or ReLU, over the whole frame.
 *
 * @throws {Error} for any other source that is no map.
 */
export function checkSources(step: Step, specOf: (name: string) => TensorSpec): void {
  const readsPlanes = PLANE_READERS.has(step.kind);
  for (const { tensor, norm, relu, top, left } of sourcesOf(step)) {
    const { kind } = specOf(tensor);
    const isPlain = norm === undefined && !relu && !top && !left;
    const kinds: readonly TensorKind[] = readsPlanes && isPlain ? ["map", "plane"] : ["map"];
    if (!kinds.includes(kind)) {
      const how = kind === "plane" && readsPlanes ? " with a norm, a ReLU or an offset" : "";
      throw new Error(`${step.kind} cannot read ${tensor}, a ${kind}${how}`);
    }
  }
}

function sourcesOf(step: Step): readonly Source[] {
  if ("sources" in step) return step.sources;
  if ("gate" in step) return [step.source, step.gate];
  return "source" in step ? [step.source] : [];
}
