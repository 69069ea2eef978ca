import { assert, assertEquals } from "@std/assert";
import { Gpu } from "../../../lib/engine/gpu/adapter.ts";
import { createGpuEngine } from "../../../lib/engine/gpu/engine.ts";
import type { GpuLimits } from "../../../lib/engine/gpu/limits.ts";
import {
  candidatesOf,
  choicesIn,
  tuningKey,
  type TuningStore,
  withChoices,
} from "../../../lib/engine/gpu/tuning.ts";
import { GRADIENT_TILES, GROUPS, TILES } from "../../../lib/engine/gpu/variants.ts";
import { planOf, WORKLOADS_BY_NAME } from "../../../lib/engine/workloads.ts";
import { graphOf } from "../../../lib/network/architectures.ts";
import { initialWeights } from "../../../lib/network/weights.ts";
import { planTraining } from "../../../lib/plan/planners.ts";
import { assertSameBits } from "../../support/compare.ts";
import { gpuAdapter as adapter } from "../../support/engines.ts";

const NETWORK = { inChannels: 1, classes: 1, base: 8, bilinear: false };
const SHAPE = { n: 1, height: 32, width: 32, mean: 0.485, std: 0.229 };

class MemoryStore implements TuningStore {
  value: unknown;
  writes = 0;
  read = () => Promise.resolve(this.value);
  write(value: unknown): Promise<void> {
    this.value = value;
    this.writes++;
    return Promise.resolve();
  }
}

/** Two training steps; how often measuring began, and the state. */
async function train(store?: TuningStore, budgetMs = 20_000, inSoftware = true) {
  let starts = 0;
  const onStart = () => starts++;
  const tuning = store && { store, budgetMs, inSoftware, onStart };
  const engine = await createGpuEngine({ adapter: adapter!, tuning });
  const state = { weights: initialWeights(graphOf(NETWORK), 1), step: 0, batchesTracked: 0 };
  const trainer = await engine.trainer(
    { train: [planTraining(graphOf(NETWORK), SHAPE)], evaluate: [] },
    state,
  );
  const pixels = SHAPE.height * SHAPE.width;
  const batch = {
    ...SHAPE,
    images: Uint8Array.from({ length: pixels }, (_, i) => Math.imul(i, 2654435761) >>> 24),
    masks: Float32Array.from({ length: pixels }, (_, i) => i % 32 > 16 ? 1 : 0),
  };
  for (let step = 0; step < 2; step++) await trainer.step(batch, { learningRate: 1e-3 });
  const { weights } = await trainer.state();
  engine.close();
  return { weights, starts };
}

Deno.test({
  name: "tuning remembers by adapter what it measured, and changes no bit",
  ignore: adapter === undefined,
  fn: async () => {
    const plain = await train();
    const store = new MemoryStore();
    const tuned = await train(store, 6000);
    assertEquals([tuned.starts, store.writes], [1, 1]);
    const gpu = await Gpu.open(adapter!);
    const choices = choicesIn(store.value, tuningKey(gpu));
    const { limits } = gpu;
    gpu.close();
    assert(choices.size > 0);
    const plan = planTraining(graphOf(NETWORK), SHAPE);
    const families = candidatesOf(limits, [plan]).map(({ family }) => family);
    // The first ones, the costliest, as many as the time allowed.
    assertEquals([...choices.keys()], families.slice(0, choices.size));
    const known = new Set([...GROUPS.keys(), ...TILES.keys(), ...GRADIENT_TILES.keys()]);
    for (const variant of choices.values()) assert(known.has(variant), variant);
    const again = await train(store, 0);
    assertEquals([again.starts <= 1, store.writes], [true, 1]);
    for (const [name, tensor] of Object.entries(plain.weights)) {
      assertSameBits(name, tuned.weights[name], tensor);
      assertSameBits(name, again.weights[name], tensor);
    }
  },
});

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
