import { assertEquals } from "@std/assert";
import type { PooledNetwork } from "../../lib/engine/predictor_pool.ts";
import type { Plan } from "../../lib/plan/plan.ts";
import { batchFor } from "../../lib/predict/batch_size.ts";

const MIB = 2 ** 20;

/** An engine and networks that need `each` MiB for every input; the system has `free` MiB. */
function batch(
  inputs: number,
  { name = "cpu" as "cpu" | "gpu", each = 1, limit = 4096, free = 4096, networks = 1 } = {},
): Promise<number> {
  const sizes = new Map<Plan, number>();
  const engine = {
    name,
    memoryLimit: limit * MIB,
    memoryNeeded: ([plan]: readonly Plan[]) => sizes.get(plan)! * each * MIB,
    canHold: (bytes: number) => Promise.resolve(bytes <= free * MIB),
  };
  const networkFor = (size: number): PooledNetwork => {
    const plan = {} as Plan;
    sizes.set(plan, size);
    return { plan, weights: {} };
  };
  const all = (size: number) => Array.from({ length: networks }, () => networkFor(size));
  return batchFor(engine, inputs, all);
}

Deno.test("a batch is eight at most, and never larger than the inputs", async () => {
  const sizes = await Promise.all([1, 2, 3, 4, 7, 8, 1000].map((inputs) => batch(inputs)));
  assertEquals(sizes, [1, 2, 2, 4, 4, 8, 8]);
});

Deno.test("a batch takes little memory, less where there is less, and all networks count", async () => {
  assertEquals(await batch(99, { each: 32 }), 8);
  assertEquals(await batch(99, { each: 33 }), 4);
  assertEquals(await batch(99, { each: 32, networks: 3 }), 2);
  assertEquals(await batch(99, { each: 200 }), 1);
  assertEquals(await batch(99, { each: 200, name: "gpu" }), 8);
  assertEquals(await batch(99, { each: 32, limit: 300 }), 4);
  assertEquals(await batch(99, { each: 32, free: 100 }), 2);
});
