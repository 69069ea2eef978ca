/**
 * How many pipelines and dispatches plans need. A driver takes a fifth of a second for each
 * pipeline, so a size that slips into the constants of a kernel costs every user seconds at the
 * start. Dispatches wait for one another. Nothing is compiled here.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { networkOf, shapeOf, WORKLOADS_BY_NAME } from "../../../lib/engine/workloads.ts";
import { graphOf } from "../../../lib/network/architectures.ts";
import type { Plan } from "../../../lib/plan/plan.ts";
import { planEvaluation, planPrediction, planTraining } from "../../../lib/plan/planners.ts";
import { dispatchesOf, HARDWARE, pipelineCount } from "../../support/shader_texts.ts";

/** A training step of the tutorial's network. */
const E4 = WORKLOADS_BY_NAME.get("E4")!;
const graph = graphOf(networkOf(E4));
const shape = shapeOf(E4);
const train = planTraining(graph, shape);
const evaluate = planEvaluation(graph, shape);
const predict = planPrediction(graph, shape);

/** The number of pipelines of these plans on a GPU of today. */
const countOf = (...plans: readonly Plan[]) => pipelineCount(plans, HARDWARE);
/** The same on a GPU of few cores, which any workgroups keep busy. */
const countOnSmall = (...plans: readonly Plan[]) =>
  pipelineCount(plans, { ...HARDWARE, busyWorkgroups: 0 });

Deno.test("the tutorial's training takes few pipelines", () => {
  assertEquals(countOf(train), 28);
});

Deno.test("evaluation and prediction after it add few", () => {
  assertEquals(countOf(train, evaluate), 31);
  assertEquals(countOf(train, evaluate, predict), 33);
});

Deno.test("layers, images and batches of other sizes add none", () => {
  const smaller = { ...shape, n: 1, height: 256, width: 512 };
  const others = [planTraining(graph, smaller), planEvaluation(graph, smaller)];
  assertEquals(countOnSmall(train, evaluate, ...others), countOnSmall(train, evaluate));
  assertEquals(countOnSmall(predict, planPrediction(graph, smaller)), countOnSmall(predict));
});

Deno.test("a large GPU takes smaller workgroups, too, where there would be few", () => {
  assertEquals(countOnSmall(train), 26);
  const single = { ...shape, n: 1 };
  // Four sizes of tiles beside the usual one, and one of the weight gradients.
  assertEquals(countOf(planTraining(graph, single)), 26 + 5);
  assertEquals(countOf(train, planTraining(graph, single)), 26 + 5);
  assertEquals(countOf(planTraining(graph, { ...shape, n: 16 })), 26);
});

Deno.test("a training step takes few dispatches, hardly more for larger batches", () => {
  const counts = [1, 4, 8, 16]
    .map((n) => dispatchesOf(planTraining(graph, { ...shape, n }), HARDWARE).length);
  assertEquals(counts, [226, 229, 229, 233]);
});
