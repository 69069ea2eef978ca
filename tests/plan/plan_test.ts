import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { graphOf, type Plan, planPrediction, planTraining } from "../../lib/mod.ts";
import { stepsOf } from "../../lib/plan/plan.ts";
import { BATCH_NORM_EPSILON } from "../../lib/plan/steps.ts";
import { planCases } from "../support/plan_cases.ts";

const GRAPH = graphOf({ inChannels: 1, classes: 1, base: 1, bilinear: true });

function check(n: number, width: number, height: number, training: boolean): void {
  const planner = training ? planTraining : planPrediction;
  planner(GRAPH, { n, width, height, mean: 0, std: 1 });
}

Deno.test("a plan is of whole images, with sides of 16 pixels or more", () => {
  check(1, 16, 16, false);
  for (const wrong of [0, -1, 1.5, NaN]) {
    assertThrows(() => check(wrong, 16, 16, false), InputError, `batch size is ${wrong}`);
    assertThrows(() => check(1, wrong, 16, false), InputError, `width is ${wrong}`);
    assertThrows(() => check(1, 16, wrong, false), InputError, `height is ${wrong}`);
  }
  assertThrows(() => check(1, 15, 16, false), InputError, "size 15x16 is too small");
  assertThrows(() => check(1, 100, 15, false), InputError, "size 100x15 is too small");
});

Deno.test("a plan of training has two values per channel at the deepest level", () => {
  check(2, 16, 16, true);
  check(1, 32, 16, true);
  check(1, 16, 32, true);
  for (const [width, height] of [[16, 16], [31, 16], [16, 31], [31, 31]]) {
    assertThrows(() => check(1, width, height, true), InputError, "one value per channel");
    check(1, width, height, false);
  }
});

Deno.test("stepsOf() gives the steps of a run in order, or those of the segments asked for", () => {
  const plan: Plan = planCases()[0].plan();
  const { setup, forward, backward, update } = plan.segments;
  assertEquals(stepsOf(plan), [...forward, ...backward, ...update]);
  assertEquals(stepsOf(plan, ["setup", "update"]), [...setup, ...update]);
});

Deno.test("batch norm adds PyTorch's 1e-5 to variances", () => {
  assertEquals(BATCH_NORM_EPSILON, 1e-5);
});
