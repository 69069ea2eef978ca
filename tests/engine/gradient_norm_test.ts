/**
 * The norm of all gradients of a whole network. Tensors are padded to whole blocks of channels;
 * what lies there in memory, such as parts of another batch, must not count.
 */
import { graphOf } from "../../lib/network/architectures.ts";
import { initialWeights } from "../../lib/network/weights.ts";
import { slotTensorsOf } from "../../lib/plan/plan.ts";
import { planTraining } from "../../lib/plan/planners.ts";
import { assertCloseNumber } from "../support/compare.ts";
import { fastEngines } from "../support/engines.ts";
import { Draw } from "../support/random_programs.ts";

const SIDE = 32;
const SHAPE = { height: SIDE, width: SIDE, mean: 0.5, std: 0.25 };

const NETWORKS = {
  transposed: { bilinear: false },
  bilinear: { bilinear: true },
  "group norm": { bilinear: false, norm: "group", groups: 3 },
} as const;

for (const { label, makeBackend, slow } of fastEngines) {
  // A software adapter compiles for long; determinism_test.ts has the same on one step.
  if (slow) continue;
  for (const [name, network] of Object.entries(NETWORKS)) {
    Deno.test(`the norm of all gradients on ${label} is that of their numbers (${name})`, async () => {
      const graph = graphOf({ inChannels: 1, classes: 1, base: 3, ...network });
      const plans = [3, 2].map((n) => planTraining(graph, { ...SHAPE, n }, { clipNorm: 1 }));
      const slots = [...slotTensorsOf(plans[0]).values()];
      const gradients = [...new Set(slots.map(({ parameter }) => `grad.${parameter}`))];
      const backend = await makeBackend();
      const program = await backend.prepare(plans);
      try {
        for (const [name, { data }] of Object.entries(initialWeights(graph, 3))) {
          program.write(0, name, data);
        }
        const draw = new Draw(1);
        for (let step = 0; step < 6; step++) {
          const plan = step % 2;
          const pixels = (plan === 0 ? 3 : 2) * SIDE ** 2;
          program.write(
            plan,
            "image",
            Uint8Array.from({ length: pixels }, () => draw.whole(0, 255)),
          );
          program.write(
            plan,
            "mask",
            Float32Array.from({ length: pixels }, () => draw.whole(0, 1)),
          );
          program.write(plan, "rate", Float32Array.of(0.01, step + 1));
          await program.run(plan);
          const { clip, ...found } = await program.read(plan, ["clip", ...gradients]);
          const squares = Object.values(found).flatMap(({ data }) => [...data].map((g) => g * g));
          const norm = Math.sqrt(squares.reduce((sum, square) => sum + square));
          assertCloseNumber(`norm of step ${step}`, Number(clip.data[1]), norm, 1e-5 * norm);
        }
      } finally {
        program.close();
        backend.close();
      }
    });
  }
}
