/**
 * What the types of a step allow and no engine computes: said before anything is compiled.
 *
 * @module
 */
import type { Source, Step, TensorKind, TensorSpec } from "../plan/steps.ts";

/**
 * Throws `Error` for a source that engines cannot read. Only 3x3 convolutions and their weight
 * gradients read a `plane`, as it is, over the whole frame.
 */
export function checkSources(step: Step, specOf: (name: string) => TensorSpec): void {
  const readsPlanes = step.kind === "conv3x3" || step.kind === "conv3x3_weight_gradient";
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
  return "source" in step ? [step.source] : [];
}
