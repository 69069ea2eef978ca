/**
 * The norm of all gradients reads whole tensors, so the lanes behind their values must be zero,
 * whatever lay in memory before.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Program } from "../../lib/engine/backend.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { initialWeights } from "../../lib/network/weights.ts";
import { forwardOnly, type Plan } from "../../lib/plan/plan.ts";
import { planTraining } from "../../lib/plan/planners.ts";
import { fastEngines } from "../support/engines.ts";

const SHAPE = { n: 2, height: 32, width: 32, mean: 0.485, std: 0.229 };
const PIXELS = SHAPE.n * SHAPE.height * SHAPE.width;

const NETWORKS = {
  transposed: { bilinear: false },
  bilinear: { bilinear: true },
  "instance norm": { bilinear: false, norm: "instance" },
} as const;

/** A plan of one large tensor, whose memory is that of all other plans. */
const MEMORY: Plan = {
  tensors: [{ name: "memory", kind: "plane", shape: [1, 1, 2048, 1024] }],
  segments: forwardOnly([]),
  persistent: [],
  inputs: ["memory"],
  outputs: ["memory"],
};

for (const { label, makeBackend } of fastEngines) {
  for (const [name, settings] of Object.entries(NETWORKS)) {
    // Three channels, and one class, leave lanes behind them.
    const graph = graphOf({ inChannels: 1, classes: 1, base: 3, ...settings });
    const plan = planTraining(graph, SHAPE, { clipNorm: 0.5 });
    Deno.test(`the norm of gradients on ${label} (${name}) does not depend on what lay in memory`, async () => {
      const backend = await makeBackend();
      const program = await backend.prepare([plan, MEMORY]);
      try {
        const clean = await norm(program, plan, initialWeights(graph, 1));
        program.write(1, "memory", new Float32Array(2048 * 1024).fill(NaN));
        const dirty = await norm(program, plan, initialWeights(graph, 1));
        assert(clean[1] > 0);
        assertEquals(dirty, clean);
      } finally {
        program.close();
        backend.close();
      }
    });
  }
}

/** Factor and norm of one training step. */
async function norm(
  program: Program,
  { persistent }: Plan,
  weights: ReturnType<typeof initialWeights>,
): Promise<number[]> {
  for (const name of persistent) program.write(0, name, weights[name]?.data ?? new Float32Array());
  const image = Uint8Array.from({ length: PIXELS }, (_, i) => Math.imul(i, 2654435761) >>> 24);
  program.write(0, "image", image);
  program.write(0, "mask", Float32Array.from({ length: PIXELS }, (_, i) => i % 32 > 9 ? 1 : 0));
  program.write(0, "rate", Float64Array.of(0.01, 1));
  await program.run(0);
  return Array.from((await program.read(0, ["clip"])).clip.data, Number);
}
