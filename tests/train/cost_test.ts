import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { createCpuEngine } from "../../lib/engine/cpu/engine.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { planFlops } from "../../lib/plan/flops.ts";
import { planEvaluation, planTraining } from "../../lib/plan/planners.ts";
import { DEFAULT_CONFIG, networkOfConfig } from "../../lib/train/config.ts";
import { memoryOf, planRun } from "../../lib/train/cost.ts";
import { prepareRun } from "../../lib/train/preparation.ts";

const CONFIG = { ...DEFAULT_CONFIG, baseChannels: 4, width: 64, height: 48, batch: 4 };

Deno.test("planRun() plans each batch size once and counts every batch", () => {
  const { plans, flopsPerEpoch } = planRun(CONFIG, 10, 4);
  // The second evaluates one image, for the test vector, and is no part of an epoch.
  assertEquals([plans.train.length, plans.evaluate.length], [2, 2]);
  const { width, height, mean, std } = CONFIG;
  const shape = (n: number) => ({ n, width, height, mean, std });
  const network = networkOfConfig(CONFIG);
  const train = (n: number) => planFlops(planTraining(graphOf(network), shape(n)));
  const expected = 2 * train(4) + train(2) + planFlops(planEvaluation(graphOf(network), shape(4)));
  assertEquals(flopsPerEpoch, expected);
});

Deno.test("planRun() refuses a batch that leaves batch norm one value", () => {
  const tiny = { ...CONFIG, width: 31, height: 16 };
  for (const [images, batch] of [[5, 4], [3, 1], [1, 4]]) {
    assertThrows(() => planRun({ ...tiny, batch }, images, 2), InputError, "one value per channel");
  }
  planRun(tiny, 4, 1);
  planRun({ ...tiny, width: 32 }, 5, 1);
});

Deno.test("prepareRun() says how much is needed and the largest batch that fits", async () => {
  const engine = await createCpuEngine({ threads: 1 });
  try {
    const needed = (batch: number) => memoryOf(engine, planRun({ ...CONFIG, batch }, 64, 64).plans);
    const limited = (memoryLimit: number) =>
      new Proxy(engine, {
        get(target, key) {
          const value = key === "memoryLimit" ? memoryLimit : Reflect.get(target, key);
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
    const big = { ...CONFIG, batch: 16 };
    await prepareRun(limited(needed(16)), big, [64, 64, 0]);
    let maps = 0;
    const counting = new Proxy(limited(needed(16)), {
      get(target, key) {
        if (key === "memoryNeeded") maps++;
        return Reflect.get(target, key);
      },
    });
    const { plans, memoryBytes, flopsPerEpoch } = await prepareRun(counting, big, [64, 64, 0]);
    const cost = planRun(big, 64, 64);
    assertEquals([plans, flopsPerEpoch, memoryBytes], [cost.plans, cost.flopsPerEpoch, needed(16)]);
    assertEquals(maps, 1);
    const words = "the largest batch that fits is 5: batch 5";
    await assertRejects(() => prepareRun(limited(needed(5)), big, [64, 64, 0]), InputError, words);
    await assertRejects(
      () => prepareRun(limited(1000), big, [64, 64, 0]),
      InputError,
      "not even a batch of 1",
    );
    assert(needed(5) < needed(6));
  } finally {
    engine.close();
  }
});
