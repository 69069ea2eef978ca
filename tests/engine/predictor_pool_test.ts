/** Predictors of several models answer alike, whether all fit into the memory or one at a time. */
import { assert, assertEquals } from "@std/assert";
import type { Engine } from "../../lib/engine/engine.ts";
import { openPredictors } from "../../lib/engine/predictor_pool.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { initialWeights } from "../../lib/network/weights.ts";
import { planPrediction } from "../../lib/plan/planners.ts";
import { fastEngines } from "../support/engines.ts";

const SIDES = [32, 48];
const NETWORK = { inChannels: 1, classes: 1, base: 2, bilinear: false };

for (const { label, engine } of fastEngines) {
  Deno.test(`models that do not fit together take turns, with the same answers (${label})`, async () => {
    const networks = SIDES.map((side, k) => ({
      plan: planPrediction(graphOf(NETWORK), {
        n: 1,
        width: side,
        height: side,
        mean: 0.5,
        std: 0.2,
      }),
      weights: initialWeights(graphOf(NETWORK), k),
    }));
    const each = networks.map(({ plan }) => engine.memoryNeeded([plan]));
    const answers = async (memoryLimit: number) => {
      let [opened, open, most] = [0, 0, 0];
      const limited: Engine = {
        ...engine,
        name: engine.name,
        adapter: engine.adapter,
        memoryLimit,
        memoryNeeded: (plans) => engine.memoryNeeded(plans),
        canHold: () => Promise.resolve(true),
        async predictor(plan, weights) {
          const predictor = await engine.predictor(plan, weights);
          opened++;
          most = Math.max(most, ++open);
          return {
            run: (images, n) => predictor.run(images, n),
            close() {
              open--;
              predictor.close();
            },
          };
        },
      };
      const predictors = await openPredictors(limited, networks);
      const found: Float32Array[] = [];
      for (const k of [0, 1, 1, 0]) {
        const pixels = Uint8Array.from({ length: SIDES[k] ** 2 }, (_, index) => index % 251);
        found.push((await predictors[k].run(pixels, 1)).slice());
      }
      for (const predictor of predictors) predictor.close();
      assertEquals(open, 0);
      return { found, opened, most };
    };
    const together = await answers(each[0] + each[1]);
    const inTurn = await answers(each[0] + each[1] - 1);
    assertEquals([together.opened, together.most], [2, 2]);
    assertEquals([inTurn.opened, inTurn.most], [3, 1]);
    assertEquals(inTurn.found, together.found);
    assert(new Set(together.found.map(String)).size === 2);
  });
}
