/** Plans of graphs that are written out, operation by operation. @module */
import { assert } from "@std/assert";
import type { Tensors } from "../../lib/core/tensor.ts";
import type { Graph, Op, Value } from "../../lib/network/graph.ts";
import { parametersOf } from "../../lib/network/parameters.ts";
import { type BatchShape, forwardOnly, type Plan, stepsOf } from "../../lib/plan/plan.ts";
import { Draw } from "./random_programs.ts";

/** A graph of one channel with the output `logits`. */
export function graphOfOps(ops: readonly Op[], logits: Value): Graph {
  const outputs: Graph["outputs"] = [{ name: "logits", value: logits }];
  return { name: "test", title: "test", details: "few maps", inChannels: 1, ops, outputs };
}

/**
 * The forward and the backward pass of a training plan, without its loss: the gradient of the
 * logits is an input.
 */
export function withoutLoss(plan: Plan, outputs: readonly string[] = plan.outputs): Plan {
  const steps = stepsOf(plan, ["forward", "backward"]).filter(({ kind }) => kind !== "loss");
  const inputs = [...plan.inputs, "gradient.logits"];
  return { ...plan, segments: forwardOnly(steps), inputs, outputs };
}

/** Random planes, a gradient of the logits, parameters and what the trainer draws for the plan. */
export function tensorsFor(
  graph: Graph,
  { n, height, width }: Pick<BatchShape, "n" | "height" | "width">,
  plan: Plan,
  seed: number,
): Tensors {
  const draw = new Draw(seed);
  const tensors: Tensors = {
    input: draw.values([n, 1, height, width]),
    "gradient.logits": draw.values([n, 1, height, width]),
  };
  for (const { name, shape } of parametersOf(graph)) {
    const isVariance = name.endsWith(".running_var");
    tensors[name] = isVariance ? draw.between(shape, 0.5, 1.5) : draw.values(shape);
  }
  for (const { tensor, elements } of plan.draws ?? []) {
    const { shape } = plan.tensors.find(({ name }) => name === tensor)!;
    tensors[tensor] = elements
      ? { shape, data: Float32Array.from({ length: 8 }, () => draw.whole(0, 65535)) }
      : draw.values(shape);
  }
  assert(plan.persistent.every((name) => name in tensors || name.startsWith("exp_avg")));
  return tensors;
}
