/**
 * How many pipelines plans need. A driver takes a fifth of a second for each, so a size that slips
 * into the constants of a kernel costs every user seconds at the start. Nothing is compiled here.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { networkOf, shapeOf, WORKLOADS_BY_NAME } from "../../../lib/engine/workloads.ts";
import { graphOf } from "../../../lib/network/architectures.ts";
import type { Plan } from "../../../lib/plan/plan.ts";
import { planEvaluation, planPrediction, planTraining } from "../../../lib/plan/planners.ts";
import { HARDWARE, pipelineCount } from "../../support/shader_texts.ts";

/** A training step of the tutorial's network. */
const E4 = WORKLOADS_BY_NAME.get("E4")!;
const graph = graphOf(networkOf(E4));
const shape = shapeOf(E4);
const train = planTraining(graph, shape);
const evaluate = planEvaluation(graph, shape);
const predict = planPrediction(graph, shape);

/** The number of pipelines of these plans on a GPU of today. */
const countOf = (...plans: readonly Plan[]) => pipelineCount(plans, HARDWARE);

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
  assertEquals(countOf(train, evaluate, ...others), countOf(train, evaluate));
  assertEquals(countOf(predict, planPrediction(graph, smaller)), countOf(predict));
});
