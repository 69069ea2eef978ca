/**
 * What training on the CPU takes in memory, from plans alone: nothing is computed.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { Context } from "../../lib/engine/cpu/context.ts";
import { jobsOf } from "../../lib/engine/cpu/jobs_of.ts";
import { bytesOf } from "../../lib/engine/cpu/layout.ts";
import { mapMemory } from "../../lib/engine/cpu/program.ts";
import type { Plan } from "../../lib/engine/plan.ts";
import type { Step } from "../../lib/engine/steps.ts";
import { planOf, WORKLOADS_BY_NAME } from "../../lib/engine/workloads.ts";
import { kernelsOf } from "../support/kernels_of.ts";

const GIB = 2 ** 30;
const MIB = 2 ** 20;

/** The tutorial's training step: base 64, four images of 512x512. */
const PLAN = planOf(WORKLOADS_BY_NAME.get("E4")!);

/** The transformed weights of 1024 to 1024 channels: 36 frequencies, an odd number of cache lines apart. */
const MOST_TRANSFORMED = 144 * MIB + 36 * 64;
/** Their copy for the input gradient, turned around. */
const TURNED = 36 * MIB;

Deno.test("the tutorial's training step with four images takes at most 3.5 GiB on 1 to 16 threads", () => {
  for (const threads of [1, 2, 16]) {
    const { bytes } = mapMemory([PLAN], threads);
    assert(bytes <= 3.5 * GIB, `${bytes / GIB} GiB on ${threads} threads`);
  }
});

Deno.test("training transforms weights once for each convolution and direction", () => {
  const kernels = kernelsOf(PLAN);
  const places = kernels.flatMap((kernel, index) => kernel === "conv3x3Winograd" ? [index] : []);
  // 18 convolutions, the first of a single channel; its input has no gradient.
  assertEquals(places.length, 17 + 17);
  for (const place of places) assertEquals(kernels[place - 1], "winogradWeights");
  assertEquals(kernels.filter((kernel) => kernel === "winogradWeights").length, places.length);
});

Deno.test("transformed weights and partial weight gradients share one bounded workspace", () => {
  const bounds: Partial<Record<Step["kind"], number>> = {
    conv3x3: MOST_TRANSFORMED,
    conv3x3_input_gradient: MOST_TRANSFORMED + TURNED,
    conv3x3_weight_gradient: MOST_TRANSFORMED,
  };
  let most = 0;
  for (const step of PLAN.steps) {
    const bound = bounds[step.kind];
    if (bound === undefined) continue;
    const bytes = workspaceOf(PLAN, step);
    assert(bytes <= bound, `${step.kind} takes ${bytes / MIB} MiB`);
    most = Math.max(most, bytes);
  }
  const { workspaceAt, arenaAt, keptAt, scratchAt } = mapMemory([PLAN], 2);
  assertEquals(arenaAt - workspaceAt, most);
  assertEquals(scratchAt, keptAt, "training keeps no transformed weights");
});

Deno.test("partial weight gradients take at most 48 MiB where a single copy is smaller", () => {
  let copies = 0;
  for (const step of PLAN.steps) {
    if (step.kind !== "conv3x3_weight_gradient") continue;
    const spec = PLAN.tensors.find(({ name }) => name === step.weightGradient)!;
    // A copy in the frequency domain: 36 values for 9.
    const copy = 4 * bytesOf(spec) + 36 * 128;
    const bytes = workspaceOf(PLAN, step);
    assert(bytes <= Math.max(48 * MIB, copy), `${spec.name} takes ${bytes / MIB} MiB`);
    if (bytes > copy) copies++;
  }
  assert(copies > 0, "no step has partials: the bound is not tested");
});

/** The workspace that one convolution of a plan asks for. */
function workspaceOf(plan: Plan, step: Step): number {
  const specs = new Map(plan.tensors.map((spec) => [spec.name, spec]));
  const context = new Context(plan, specs, { tensor: () => 0, tables: 0, workspace: 0, kept: 0 });
  jobsOf(step, context);
  return context.workspaceBytes;
}
