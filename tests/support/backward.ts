/**
 * The backward pass of whole networks against float64, decision for decision.
 *
 * A network's gradient is discontinuous where a ReLU or a max-pool changes its decision. Among
 * millions of values, some are always that close to zero, so the gradients of two forward passes
 * differ mostly for this reason. The float64 backend therefore starts the backward pass from the
 * activations of the tested engine. The remaining differences are errors of the backward kernels.
 * They may be five times as large as those of PyTorch's float32 on the reference networks, which
 * have no such decision within the noise.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Tensors } from "../../lib/core/tensor.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { parametersOf } from "../../lib/network/parameters.ts";
import { operandsOf } from "../../lib/plan/operands.ts";
import { forwardOnly, type Plan, stepsOf } from "../../lib/plan/plan.ts";
import { planTraining } from "../../lib/plan/planners.ts";
import { runReference } from "../reference/backend.ts";
import { relativeDistance } from "./compare.ts";
import type { TestedEngine } from "./engines.ts";
import { kindsByWinograd, WINOGRAD_KINDS } from "./kernels_of.ts";
import { Draw } from "./random_programs.ts";
import { recipeWeights } from "./recipe.ts";
import { foldersWith, loadJson } from "./reference_data.ts";
import { floatEntries } from "./unet_run.ts";

const TIMES_PYTORCH = 5;

/** The relative error (L2) of PyTorch's float32 in its worst tensor. */
interface Book {
  cases: Record<string, { measured: { grad_rel_l2_worst_tensors: Record<string, number> } }>;
}

const [folder] = foldersWith("unet/unet.json");
const worstOfPytorch = Math.max(
  ...Object.values(loadJson<Book>(folder, "unet/unet.json").cases)
    .flatMap(({ measured }) => Object.values(measured.grad_rel_l2_worst_tensors)),
);

/** A narrow network, and two wide enough for Winograd's algorithm. */
export const NETWORKS = [
  { base: 5, bilinear: false, n: 3, height: 50, width: 37 },
  { base: 32, bilinear: false, n: 2, height: 61, width: 53 },
  { base: 32, bilinear: true, n: 1, height: 64, width: 71 },
];

/** Declares a test of each network on each engine. */
export function testBackward(
  engines: readonly TestedEngine[],
  networks: readonly (typeof NETWORKS)[number][],
): void {
  for (const { label, engine } of engines) {
    for (const { base, bilinear, n, height, width } of networks) {
      const decoder = bilinear ? "bilinear" : "transposed";
      const title = `base ${base}, ${decoder}, ${n} x ${width}x${height}`;
      Deno.test(`backward on ${label} (${title}) is as near to float64 as PyTorch's float32`, async () => {
        const network = { inChannels: 1, classes: 1, base, bilinear };
        const plan = planTraining(graphOf(network), { n, height, width, mean: 0.485, std: 0.229 });
        assertEquals(kindsByWinograd(plan), base === 32 ? WINOGRAD_KINDS : []);
        const draw = new Draw(base);
        const data = Uint8Array.from({ length: n * height * width }, () => draw.whole(0, 255));
        const given: Tensors = {
          ...floatEntries(network, recipeWeights(network)),
          image: { shape: [n, height, width], data },
          mask: draw.between([n, 1, height, width], 0, 1),
          rate: { shape: [2], data: Float32Array.of(0, 1) },
        };
        const gradients = parametersOf(graphOf(network)).filter(({ trained }) => trained)
          .map(({ name }) => `grad.${name}`);
        const { backward, activations } = backwardPart(plan, gradients);
        const wanted = [...activations, ...gradients];
        const got = await engine.runSteps({ ...plan, outputs: wanted }, given, wanted);
        const start = Object.fromEntries(activations.map((name) => [name, got[name]]));
        const expected = runReference(backward, { ...given, ...start }, gradients);
        for (const name of gradients) {
          const distance = relativeDistance([got[name]], [expected[name]]);
          const times = distance / worstOfPytorch;
          assert(times <= TIMES_PYTORCH, `${name} is ${times} times as far off as PyTorch's worst`);
        }
      });
    }
  }
}

/** The plan from the loss to the gradients, and the tensors that it reads from the forward part. */
function backwardPart(plan: Plan, outputs: readonly string[]) {
  const first = stepsOf(plan).findIndex(({ kind }) => kind === "loss") + 1;
  const steps = stepsOf(plan).slice(first).filter(({ kind }) => kind !== "update");
  const made = new Set(stepsOf(plan).slice(0, first).flatMap((step) => operandsOf(step).writes));
  const written = new Set<string>();
  const activations = new Set<string>();
  for (const step of steps) {
    const { reads, writes } = operandsOf(step);
    for (const name of reads) if (made.has(name) && !written.has(name)) activations.add(name);
    for (const name of writes) written.add(name);
  }
  return {
    backward: { ...plan, segments: forwardOnly(steps), outputs },
    activations: [...activations],
  };
}
