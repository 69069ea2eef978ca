/**
 * What training on the CPU takes in memory, from plans alone: nothing is computed.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { mapMemory } from "../../lib/engine/cpu/compile.ts";
import { bytesOf } from "../../lib/engine/cpu/layout.ts";
import { lower } from "../../lib/engine/cpu/lower.ts";
import { planOf, WORKLOADS_BY_NAME } from "../../lib/engine/workloads.ts";
import { stepsOf } from "../../lib/plan/plan.ts";
import type { Step } from "../../lib/plan/steps.ts";
import { contextNowhere, isWinograd } from "../support/kernels_of.ts";

const GIB = 2 ** 30;
const MIB = 2 ** 20;

/** The tutorial's training step: base 64, four images of 512x512. */
const PLAN = planOf(WORKLOADS_BY_NAME.get("E4")!);

/**
 * The transformed weights of 1024 to 1024 channels: 36 frequencies, each an odd number of cache
 * lines.
 */
const MOST_TRANSFORMED = 144 * MIB + 36 * 64;
/** Their copy for the input gradient, turned around. */
const TURNED = 36 * MIB;
/** The transformed tiles of a batch, on both sides of the products. */
const BATCH = 2 * (18 * MIB + 36 * 64);

/** The convolutions of the plan, each with the jobs and the bytes that it asks for. */
const CONVOLUTIONS = stepsOf(PLAN).filter(({ kind }) => kind.startsWith("conv3x3")).map((step) => {
  const context = contextNowhere(PLAN);
  const kernels = lower(step, context).map(({ kernel }) => kernel);
  return { step, kernels, bytes: context.workspaceBytes };
});

Deno.test("the tutorial's training step with four images takes at most 3.5 GiB on 1 to 16 threads", () => {
  for (const threads of [1, 2, 16]) {
    const { bytes } = mapMemory([PLAN], threads);
    assert(bytes <= 3.5 * GIB, `${bytes / GIB} GiB on ${threads} threads`);
  }
});

Deno.test("training transforms weights once for each convolution and direction, and keeps none", () => {
  const transforming = CONVOLUTIONS.filter(({ step, kernels }) => {
    const count = kernels.filter((kernel) => kernel === "winogradWeights").length;
    assertEquals(
      count,
      kernels.some(isWinograd) && step.kind !== "conv3x3_weight_gradient" ? 1 : 0,
    );
    return count > 0;
  });
  // 18 convolutions, the first of a single channel; its input has no gradient.
  assertEquals(transforming.length, 17 + 17);
  const { keptAt, scratchAt } = mapMemory([PLAN], 2);
  assertEquals(scratchAt, keptAt);
});

Deno.test("convolutions take turns in one bounded workspace", () => {
  const bounds: Partial<Record<Step["kind"], number>> = {
    conv3x3: MOST_TRANSFORMED + BATCH,
    conv3x3_input_gradient: MOST_TRANSFORMED + BATCH + TURNED,
    conv3x3_weight_gradient: MOST_TRANSFORMED + BATCH,
  };
  for (const { step, bytes } of CONVOLUTIONS) {
    assert(bytes <= bounds[step.kind]!, `${step.kind} takes ${bytes / MIB} MiB`);
  }
  const { workspaceAt, arenaAt } = mapMemory([PLAN], 2);
  assertEquals(arenaAt - workspaceAt, Math.max(...CONVOLUTIONS.map(({ bytes }) => bytes)));
});

Deno.test("partial weight gradients take at most 48 MiB together unless there is a single one", () => {
  for (const { step, bytes } of CONVOLUTIONS) {
    if (step.kind !== "conv3x3_weight_gradient") continue;
    const spec = PLAN.tensors.find(({ name }) => name === step.weightGradient)!;
    // In the frequency domain: 36 values for 9.
    const single = 4 * bytesOf(spec) + 36 * 128;
    const bound = Math.max(48 * MIB, single + BATCH / 2 + 36 * 64);
    assert(bytes <= bound, `${spec.name} takes ${bytes / MIB} MiB`);
  }
});
