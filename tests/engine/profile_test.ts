import { stepsOf } from "../../lib/plan/plan.ts";
import { assert, assertEquals } from "@std/assert";
import { createCpuEngine } from "../../lib/engine/cpu/engine.ts";
import { profilePlan } from "../../lib/engine/cpu/profile.ts";
import { planFlops } from "../../lib/plan/flops.ts";
import { profilePlanOnGpu } from "../../lib/engine/gpu/profile.ts";
import { planTraining } from "../../lib/plan/planners.ts";
import { median } from "../../lib/core/statistics.ts";
import { describeWorkload, planOf, WORKLOADS_BY_NAME } from "../../lib/engine/workloads.ts";
import { gpuAdapter } from "../support/engines.ts";
import { graphOf } from "../../lib/network/architectures.ts";

const NETWORK = { inChannels: 1, classes: 1, base: 4, bilinear: false };

Deno.test("profilePlan() times every kind of step and accounts for all work and memory", async () => {
  const plan = planTraining(graphOf(NETWORK), {
    n: 2,
    height: 48,
    width: 40,
    mean: 0.5,
    std: 0.25,
  });
  const profile = await profilePlan(plan, {}, { threads: 2, runs: 3 });
  const kinds = new Set(stepsOf(plan).map(({ kind }) => kind));
  assertEquals(new Set(profile.kinds.map(({ kind }) => kind)), kinds);
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  assertEquals(sum(profile.kinds.map(({ calls }) => calls)), stepsOf(plan).length);
  assertEquals(profile.flops, planFlops(plan));
  assert(profile.roof > 0 && profile.ms > 0);
  const times = profile.kinds.map(({ ms }) => ms);
  assertEquals(times, times.toSorted((a, b) => b - a));
  const engine = await createCpuEngine({ threads: 2 });
  assertEquals(profile.memory.total, engine.memoryNeeded([plan]));
  const { total, ...parts } = profile.memory;
  assert(sum(Object.values(parts)) <= total);
});

Deno.test({
  name: "profilePlanOnGpu() times every kind of step and accounts for all work",
  ignore: gpuAdapter === undefined,
  fn: async () => {
    const plan = planTraining(graphOf(NETWORK), {
      n: 2,
      height: 48,
      width: 40,
      mean: 0.5,
      std: 0.25,
    });
    const profile = await profilePlanOnGpu(plan, {}, { adapter: gpuAdapter!, runs: 2 });
    const kinds = new Set(stepsOf(plan).map(({ kind }) => kind));
    assertEquals(new Set(profile.kinds.map(({ kind }) => kind)), kinds);
    assertEquals(profile.flops, planFlops(plan));
    assert(profile.ms > 0 && profile.memoryBytes > 0);
    for (const kind of kinds) assert(profile.bytes.get(kind)! > 0, kind);
  },
});

Deno.test("median() takes the middle value", () => {
  assertEquals(median([3]), 3);
  assertEquals(median([9, 1, 5]), 5);
  assertEquals(median([4, 1, 2, 3]), 3);
});

Deno.test("the workloads have the work that the published figures count", () => {
  const gigaflops = { A: 384.7, B: 6.03, C: 72.3, D: 4.54 };
  for (const [name, expected] of Object.entries(gigaflops)) {
    const counted = planFlops(planOf(WORKLOADS_BY_NAME.get(name)!)) / 1e9;
    assert(Math.abs(counted / expected - 1) < 0.005, `${name}: ${counted}`);
  }
  assertEquals(
    describeWorkload(WORKLOADS_BY_NAME.get("C")!),
    "training step, base 16, 256x256, batch 4",
  );
});
