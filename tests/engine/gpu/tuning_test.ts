import { assert, assertEquals } from "@std/assert";
import type { GpuLimits } from "../../../lib/engine/gpu/limits.ts";
import { candidatesOf, choicesIn, withChoices } from "../../../lib/engine/gpu/tuning.ts";
import { planOf, WORKLOADS_BY_NAME } from "../../../lib/engine/workloads.ts";
import { gpuAdapter as adapter } from "../../support/engines.ts";
import { MemoryStore, train } from "../../support/tuned_training.ts";

Deno.test({
  name: "tuning keeps to its budget and leaves adapters in software alone",
  ignore: adapter === undefined,
  fn: async () => {
    const store = new MemoryStore();
    assertEquals((await train(store, 0)).starts, 1);
    assertEquals(store.writes, 0);
    assertEquals((await train(store, 20_000, false)).starts, 0);
  },
});

/** The limits of a large GPU. */
const LIMITS: GpuLimits = {
  bindingBytes: 2 ** 31,
  bufferBytes: 2 ** 31,
  workgroups: 65535,
  dispatchFlops: 2e12,
  groupSize: 1024,
  groupBytes: 2 ** 15,
  tiled: true,
};

Deno.test("training of a large network has few families, each with a shape of one source", () => {
  const plan = planOf(WORKLOADS_BY_NAME.get("E4")!);
  const candidates = candidatesOf(LIMITS, [plan]);
  const families = candidates.map(({ family }) => family);
  assertEquals(families.map((family) => family.slice(0, family.indexOf(":"))).sort(), [
    "conv3x3, large maps",
    "conv3x3_weight_gradient, large maps",
    "conv3x3_winograd, large maps",
    "conv3x3_winograd, small maps",
    "conv3x3_winograd_weight_gradient, large maps",
    "conv3x3_winograd_weight_gradient, small maps",
  ]);
  for (const { fitting, plan: { segments: { forward: [step] } } } of candidates) {
    assert(fitting.length > 1 && fitting.length <= 6, fitting.join());
    assert(!("sources" in step) || step.sources.length === 1);
  }
  const costs = candidates.map(({ flops }) => flops);
  assertEquals(costs, costs.toSorted((a, b) => b - a));
  // Other batches and a forward pass have no families of their own.
  for (const name of ["E1", "A"]) {
    const others = candidatesOf(LIMITS, [planOf(WORKLOADS_BY_NAME.get(name)!)]);
    for (const { family } of others) assert(families.includes(family), family);
  }
});

Deno.test("choicesIn() takes what has the right form and leaves the rest", () => {
  const choices = new Map([["a family", "a variant"]]);
  const stored = withChoices({ other: { x: "y" } }, "key", choices);
  assertEquals(stored, { other: { x: "y" }, key: { variants: { "a family": "a variant" } } });
  assertEquals(choicesIn(stored, "key"), choices);
  assertEquals(choicesIn({ key: { variants: { a: 1, b: "c" } } }, "key"), new Map([["b", "c"]]));
  const entries = [[], null, {}, { variants: [] }, { variants: 3 }, { variants: null }];
  for (const bad of [undefined, null, 3, "text", [], {}, ...entries.map((key) => ({ key }))]) {
    assertEquals(choicesIn(bad, "key"), new Map());
  }
  assertEquals(withChoices([1], "key", choices), {
    key: { variants: { "a family": "a variant" } },
  });
});

Deno.test("choices by shape, the form of earlier versions, are ignored and replaced", () => {
  const old = { key: { "conv3x3 512 512 16": "plain, groups of 64", "FLOP per ms": 5e9 } };
  assertEquals(choicesIn(old, "key"), new Map());
  const choices = new Map([["a family", "a variant"]]);
  assertEquals(withChoices(old, "key", choices), {
    key: { "FLOP per ms": 5e9, variants: { "a family": "a variant" } },
  });
});
