/**
 * What tuning measures is remembered. It compiles every variant, which takes long in software.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { Gpu } from "../../lib/engine/gpu/adapter.ts";
import { candidatesOf, choicesIn, tuningKey } from "../../lib/engine/gpu/tuning.ts";
import { GRADIENT_TILES, GROUPS, TILES } from "../../lib/engine/gpu/variants.ts";
import { assertSameBits } from "../support/compare.ts";
import { gpuAdapter as adapter } from "../support/engines.ts";
import { MemoryStore, PLAN, train } from "../support/tuned_training.ts";

Deno.test({
  name: "tuning remembers by adapter what it measured, and changes no bit",
  ignore: adapter === undefined,
  fn: async () => {
    const plain = await train();
    const store = new MemoryStore();
    const tuned = await train(store, 60_000);
    assertEquals([tuned.starts, store.writes], [1, 1]);
    const gpu = await Gpu.open(adapter!);
    const choices = choicesIn(store.value, tuningKey(gpu));
    const { limits } = gpu;
    gpu.close();
    assert(choices.size > 0);
    const families = candidatesOf(limits, [PLAN]).map(({ family }) => family);
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
