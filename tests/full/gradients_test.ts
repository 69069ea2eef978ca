/**
 * Gradients of whole networks at full width against float64, where PyTorch's own float32 gradients stray from float64 too:
 * some ReLU decisions among millions always fall inside the rounding noise, and one of them outweighs all rounding. Which tensors
 * it touches is luck, so each may stray five times as far as PyTorch's does, or as its median tensor does. The errors without the
 * luck are in tests/engine/backward_test.ts. The float64 engine takes minutes for each network.
 *
 * @module
 */
import { assert } from "@std/assert";
import { median } from "../../lib/engine/cpu/profile.ts";
import { planTraining } from "../../lib/engine/plan.ts";
import { relativeDistance } from "../support/compare.ts";
import { fastEngines, referenceEngine } from "../support/engines.ts";
import { fullBatch, type FullBook, networkOfModel } from "../support/full_cases.ts";
import { usesWinograd } from "../support/kernels_of.ts";
import { recipeWeights } from "../support/recipe.ts";
import { foldersWith, loadJson, loadTensors } from "../support/reference_data.ts";
import { floatEntries } from "../support/unet_run.ts";

const TIMES_PYTORCH = 5;
/** Below this a gradient is rounding noise: the exact one is zero. */
const SMALLEST_NORM = 1e-6;

for (const folder of foldersWith("full/full.json")) {
  const book = loadJson<FullBook>(folder, "full/full.json");
  for (const [name, facts] of Object.entries(book.cases)) {
    const own = facts.measured.grad_rel_l2;
    if (!own) continue;
    Deno.test(`gradients of ${name} in ${folder.label} are as near to float64 as PyTorch's`, async (test) => {
      const network = networkOfModel(book.models[facts.model]);
      const { shape, image, mask } = fullBatch(facts, loadTensors(folder, `full/${facts.file}`));
      const plan = planTraining(network, shape);
      assert(usesWinograd(plan));
      const names = Object.keys(own);
      const typical = median(Object.values(own));
      const outputs = names.map((parameter) => `grad.${parameter}`);
      const tensors = {
        ...floatEntries(network, recipeWeights(network, book.global_seed)),
        image,
        mask,
        rate: { shape: [2], data: Float32Array.of(0, 1) },
      };
      const program = { ...plan, outputs };
      const expected = referenceEngine.run(program, tensors, outputs);
      for (const { label, engine } of fastEngines) {
        const got = await engine.runSteps(program, tensors, outputs);
        await test.step(label, () => {
          for (const parameter of names) {
            if (facts.grad_norm_f64![parameter] <= SMALLEST_NORM) continue;
            const key = `grad.${parameter}`;
            const distance = relativeDistance([got[key]], [expected[key]]);
            const times = distance / Math.max(own[parameter], typical);
            assert(times <= TIMES_PYTORCH, `${key}: ${times} times as far from float64 as PyTorch`);
          }
        });
      }
    });
  }
}
