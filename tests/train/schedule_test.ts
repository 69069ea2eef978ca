import { assert, assertEquals } from "@std/assert";
import { DEFAULT_CONFIG } from "../../lib/mod.ts";
import { scheduleOf } from "../../lib/train/recipe_fields.ts";
import { newConfig, resumedConfig } from "../../lib/train/resolve_config.ts";
import { rateAt, type Schedule, SCHEDULES } from "../../lib/train/schedule.ts";
import { assertCloseValues } from "../support/compare.ts";

const BASE: Schedule = {
  name: "cosine",
  learningRate: 0.1,
  finalFraction: 0.01,
  warmupSteps: 4,
  steps: 24,
};

const rates = (schedule: Schedule, steps: readonly number[]) =>
  steps.map((step) => rateAt(schedule, step));

Deno.test("a warm-up rises in equal steps, to the highest rate", () => {
  for (const name of ["constant", "cosine", "polynomial"] as const) {
    const schedule = { ...BASE, name };
    assertCloseValues(
      name,
      rates(schedule, [0, 1, 2, 3, 4]),
      [0.025, 0.05, 0.075, 0.1, 0.1],
      1e-15,
    );
  }
});

Deno.test("each shape has its formula in the middle, and its last rate at the end and after it", () => {
  const middle = {
    constant: 0.1,
    cosine: 0.001 + 0.099 / 2,
    polynomial: 0.001 + 0.099 * 0.5 ** 0.9,
    "one-cycle": 0.001 + 0.099 / 2,
  };
  for (const name of SCHEDULES) {
    const schedule = { ...BASE, name };
    const last = name === "constant" ? 0.1 : 0.001;
    assertCloseValues(
      name,
      rates(schedule, [14, 24, 25, 1e6]),
      [middle[name], last, last, last],
      1e-12,
    );
  }
});

Deno.test("one-cycle rises by a cosine from 1/25, by default in 30 % of its steps", () => {
  const schedule: Schedule = { ...BASE, name: "one-cycle", warmupSteps: 0, steps: 100 };
  assertCloseValues("rates", rates(schedule, [0, 15, 30, 65, 100]), [
    0.004,
    0.004 + 0.096 / 2,
    0.1,
    0.001 + 0.099 / 2,
    0.001,
  ], 1e-12);
});

Deno.test("a schedule of nothing but a warm-up ends at its last rate", () => {
  const schedule = { ...BASE, warmupSteps: 24 };
  assertCloseValues("rates", rates(schedule, [23, 24, 30]), [0.1, 0.001, 0.001], 1e-15);
});

Deno.test("a run that goes on for more epochs keeps its schedule", () => {
  const config = newConfig({ schedule: "cosine", epochs: 10, warmupEpochs: 0.5 });
  assertEquals(config.scheduleEpochs, 10);
  const run = { name: "a", config, progress: { epoch: 10, history: [] } };
  const longer = resumedConfig({ epochs: 15 }, run);
  assertEquals(longer.scheduleEpochs, 10);
  const before = scheduleOf(config, 7);
  assertEquals(scheduleOf(longer, 7), before);
  assertEquals([before.steps, before.warmupSteps], [70, 4]);
  assertEquals(newConfig({}).scheduleEpochs, DEFAULT_CONFIG.scheduleEpochs);
  assert(rateAt(before, 100) === before.learningRate * before.finalFraction);
});
