import { assertEquals } from "@std/assert";
import { planFlops, stepFlops } from "../../lib/plan/flops.ts";
import { stepsOf } from "../../lib/plan/plan.ts";
import { planCases } from "../support/plan_cases.ts";
import { Draw, PROGRAMS } from "../support/random_programs.ts";

/**
 * Multiply-adds of each kind of step, from the shapes of its weight and of the map that it meets.
 */
const MULTIPLY_ADDS: Record<string, (weight: readonly number[], positions: number) => number> = {
  conv3x3: ([to, from], positions) => to * from * 9 * positions,
  conv3x3_input_gradient: ([to, from], positions) => to * from * 9 * positions,
  conv3x3_weight_gradient: ([to, from], positions) => to * from * 9 * positions,
  convtranspose2: ([from, to], positions) => from * to * 4 * positions,
  convtranspose2_input_gradient: ([from, to], positions) => from * to * 4 * positions,
  convtranspose2_weight_gradient: ([from, to], positions) => from * to * 4 * positions,
  conv1x1: ([to, from], positions) => to * from * positions,
  // With respect to the source and to the weight.
  pointwise: ([o, i], positions) => o * i * positions,
  pointwise_input_gradient: ([o, i], positions) => o * i * positions,
  pointwise_weight_gradient: ([o, i], positions) => o * i * positions,
  conv1x1_gradient: ([to, from], positions) => 2 * to * from * positions,
};

Deno.test("a step's FLOPs are two for each weight and position; a transposed one counts its source", () => {
  for (const [name, programOf] of Object.entries(PROGRAMS)) {
    // Its gradients come from steps of other programs.
    if (name === "gradient_norm") continue;
    const { plan } = programOf(new Draw(3));
    const [{ kind }] = stepsOf(plan);
    const [weight] = plan.tensors.filter(({ shape, kind }) =>
      shape.length === 4 && /^(conv|pointwise)/.test(kind)
    );
    const maps = plan.tensors.filter(({ shape, name }) =>
      shape.length === 4 && name !== weight?.name
    ).map(({ shape: [n, , height, width] }) => n * height * width);
    const positions = kind.startsWith("convtranspose2") ? Math.min(...maps) : Math.max(...maps);
    const expected = MULTIPLY_ADDS[kind]?.(weight.shape, positions) ?? 0;
    assertEquals(planFlops(plan), 2 * expected, name);
  }
});

Deno.test("a plan's FLOPs are those of the steps that each run makes, its setup is none of them", () => {
  for (const { name, plan: planOf } of planCases().slice(0, 3)) {
    const plan = planOf();
    const specs = new Map(plan.tensors.map((spec) => [spec.name, spec]));
    const { forward, backward, update } = plan.segments;
    const steps = [...forward, ...backward, ...update];
    const sum = steps.reduce((sum, step) => sum + stepFlops(step, specs), 0);
    assertEquals(planFlops(plan), sum, name);
  }
});
