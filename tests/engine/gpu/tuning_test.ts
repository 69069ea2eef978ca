import { assert, assertEquals } from "@std/assert";
import { Gpu } from "../../../lib/engine/gpu/adapter.ts";
import { createGpuEngine } from "../../../lib/engine/gpu/engine.ts";
import {
  choicesIn,
  tuningKey,
  type TuningStore,
  withChoices,
} from "../../../lib/engine/gpu/tuning.ts";
import { GRADIENT_TILES, GROUPS, TILES } from "../../../lib/engine/gpu/variants.ts";
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
    const tuned = await train(store, 3000);
    assertEquals([tuned.starts, store.writes], [1, 1]);
    const gpu = await Gpu.open(adapter!);
    const choices = choicesIn(store.value, tuningKey(gpu));
    gpu.close();
    assert(choices.size > 0);
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

Deno.test("choicesIn() takes what has the right form and leaves the rest", () => {
  const choices = new Map([["a shape", "a variant"]]);
  const stored = withChoices({ other: { x: "y" } }, "key", choices);
  assertEquals(stored, { other: { x: "y" }, key: { "a shape": "a variant" } });
  assertEquals(choicesIn(stored, "key"), choices);
  assertEquals(choicesIn({ key: { a: 1, b: "c" } }, "key"), new Map([["b", "c"]]));
  for (const bad of [undefined, null, 3, "text", [], { key: [] }, { key: null }, {}]) {
    assertEquals(choicesIn(bad, "key"), new Map());
  }
  assertEquals(withChoices([1], "key", choices), { key: { "a shape": "a variant" } });
});
