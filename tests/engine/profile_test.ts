import { assert, assertEquals } from "@std/assert";
import { median } from "../../lib/core/statistics.ts";
import { describeWorkload, planOf, WORKLOADS_BY_NAME } from "../../lib/engine/workloads.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { planFlops } from "../../lib/plan/flops.ts";
import { stepsOf } from "../../lib/plan/plan.ts";
import { planTraining } from "../../lib/plan/planners.ts";
import { engines } from "../support/engines.ts";

const NETWORK = { inChannels: 1, classes: 1, base: 4, bilinear: false };

for (const { label, engine } of engines) {
  Deno.test(`profile() on ${label} times every kind of step and accounts for all work and memory`, async () => {
    const plan = planTraining(graphOf(NETWORK), {
      n: 2,
      height: 48,
      width: 40,
      mean: 0.5,
      std: 0.25,
    });
    const profile = await engine.profile(plan, {}, { runs: 3 });
    const kinds = new Set(stepsOf(plan).map(({ kind }) => kind));
    assertEquals(new Set(profile.kinds.map(({ kind }) => kind)), kinds);
    const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
    assertEquals(sum(profile.kinds.map(({ calls }) => calls)), stepsOf(plan).length);
    assertEquals(profile.flops, planFlops(plan));
    assert(profile.ms > 0);
    if (label === "CPU") assert(profile.peak! > 0);
    for (const { kind, bytes } of profile.kinds) assert(bytes > 0, kind);
    const times = profile.kinds.map(({ ms }) => ms);
    assertEquals(times, times.toSorted((a, b) => b - a));
    assertEquals(profile.memory.total, engine.memoryNeeded([plan]));
    const { total, ...parts } = profile.memory;
    assert(total > 0 && sum(Object.values(parts)) <= total);
  });
}

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
