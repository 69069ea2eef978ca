/**
 * Each gradient of a whole network: how far from float64 it may be, by how far PyTorch's float32
 * is.
 *
 * The networks are those of the reference whose gradients are stored and whose inputs were chosen
 * so that no ReLU and no max-pool decides within the rounding noise. Their forward pass is too
 * small for Winograd's algorithm, for which backward_test.ts asks the same, decision for decision.
 * tests/full/random_networks_test.ts asks it of random networks.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { graphOf } from "../../lib/network/architectures.ts";
import { planTraining } from "../../lib/plan/planners.ts";
import { fastEngines, referenceEngine } from "../support/engines.ts";
import {
  comparable,
  errorsOf,
  type ExactStep,
  gradientsOn,
  noiseOf,
  sharedMeasures,
  TIMES,
  tooFar,
} from "../support/gradient_errors.ts";
import { kindsByWinograd } from "../support/kernels_of.ts";
import { foldersWith, withPrefix } from "../support/reference_data.ts";
import { type LoadedCase, unetCases } from "../support/unet_cases.ts";

/** A relative fault of one gradient that must be found. */
const FAULT = 1e-3;

/** A case's step in float64, and PyTorch's errors. */
async function exactStep({ network, weights, reference }: LoadedCase) {
  const given = { network, weights, input: reference.input, target: reference.target };
  const step: ExactStep = { ...given, exact: await gradientsOn(referenceEngine, given) };
  return { step, pytorch: errorsOf(withPrefix("grad.", reference), step.exact) };
}

for (const folder of foldersWith("unet/unet.json")) {
  const cases = unetCases(folder).map(({ name, load }) => ({ name, loaded: load() }))
    .filter(({ loaded }) => Object.keys(withPrefix("grad.", loaded.reference)).length > 0);
  for (const { name, loaded } of cases) {
    for (const { label, engine, slow } of fastEngines) {
      if (slow) continue;
      Deno.test(`each gradient of ${name} on ${label} is nearly as exact as in ${folder.label}`, async () => {
        const { network, reference: { input: { shape: [n, , height, width] } } } = loaded;
        const shape = { n, height, width, mean: 0, std: 1 };
        const plan = planTraining(graphOf(network), shape);
        assert(!kindsByWinograd(plan).includes("conv3x3"));
        const { step, pytorch } = await exactStep(loaded);
        const got = errorsOf(await gradientsOn(engine, step), step.exact);
        assertEquals(await tooFar(step, pytorch, got), {}, "times as far off as PyTorch's");
      });
    }
  }

  for (const { name, loaded } of cases.slice(0, 1)) {
    Deno.test(`a gradient of ${name} off by a thousandth is too far off`, async () => {
      const { step, pytorch } = await exactStep(loaded);
      const measures = sharedMeasures(step.exact, pytorch, await noiseOf(step));
      for (const parameter of comparable(step.exact)) {
        assert(FAULT > TIMES * measures[parameter], `${parameter}: ${measures[parameter]}`);
      }
    });
  }
}
