/**
 * Each gradient of a whole network: how far from float64 it may be, by how far PyTorch's float32
 * is.
 *
 * The networks are those of the reference whose gradients are stored and whose inputs were chosen
 * so that no ReLU and no max-pool decides within the rounding noise. Their forward pass is too
 * small for Winograd's algorithm, for which backward_test.ts asks the same, decision for decision.
 *
 * @module
 */
import { assert } from "@std/assert";
import { graphOf } from "../../lib/network/architectures.ts";
import { parametersOf } from "../../lib/network/parameters.ts";
import { planTraining } from "../../lib/plan/planners.ts";
import { ROUNDING } from "../support/adversarial.ts";
import { relativeDistance } from "../support/compare.ts";
import { fastEngines, referenceEngine } from "../support/engines.ts";
import { kindsByWinograd } from "../support/kernels_of.ts";
import { foldersWith } from "../support/reference_data.ts";
import { unetCases } from "../support/unet_cases.ts";
import { UnetRun } from "../support/unet_run.ts";

const TIMES_PYTORCH = 5;

for (const folder of foldersWith("unet/unet.json")) {
  for (const { name, facts, load } of unetCases(folder)) {
    const { network, weights, reference } = load();
    const trained = parametersOf(graphOf(network)).filter((spec) => spec.trained).map((spec) =>
      spec.name
    );
    if (!reference[`grad.${trained[0]}`]) continue;
    for (const { label, engine, slow } of fastEngines) {
      if (slow) continue;
      Deno.test(`each gradient of ${name} on ${label} is nearly as exact as in ${folder.label}`, async () => {
        const { input, target } = reference;
        const [n, , height, width] = input.shape;
        const shape = { n, height, width, mean: 0, std: 1 };
        assert(!kindsByWinograd(planTraining(graphOf(network), shape)).includes("conv3x3"));
        const gradientsOn = (tested: typeof engine) =>
          new UnetRun(tested, network, weights, input, target).step(0, true);
        const [got, exact] = [await gradientsOn(engine), await gradientsOn(referenceEngine)];
        const names = trained.filter((each) => facts.grad_norms_f64[each] > 1e-6);
        const pytorch = names.map((each) =>
          relativeDistance([reference[`grad.${each}`]], [exact[`grad.${each}`]])
        );
        const worst = Math.max(...pytorch);
        for (const [index, each] of names.entries()) {
          // A sum may come out better than float32 can be expected to: nobody needs to be more
          // exact than a rounding. The bias before a batch norm has no effect but at the borders,
          // so its gradient cancels and is the worst of all, now here, now there.
          const yardstick = each.endsWith(".up.bias") ? worst : Math.max(pytorch[index], ROUNDING);
          const distance = relativeDistance([got[`grad.${each}`]], [exact[`grad.${each}`]]);
          assert(
            distance <= TIMES_PYTORCH * yardstick,
            `grad.${each} is off by ${distance}, ${distance / yardstick} times PyTorch's`,
          );
        }
      });
    }
  }
}
