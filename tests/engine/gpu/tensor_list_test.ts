/**
 * Optimisers, averages and the like take all tensors in few dispatches: each vector once, within
 * the limits, with the bits of a dispatch for each tensor.
 *
 * @module
 */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { mapMemory } from "../../../lib/engine/gpu/compile.ts";
import { Context, type Dispatch } from "../../../lib/engine/gpu/context.ts";
import { createGpuEngine } from "../../../lib/engine/gpu/engine.ts";
import { VECTOR_BYTES } from "../../../lib/engine/gpu/layout.ts";
import type { GpuLimits } from "../../../lib/engine/gpu/limits.ts";
import { lower } from "../../../lib/engine/gpu/lower.ts";
import { PORTION } from "../../../lib/engine/gpu/tensor_list.ts";
import { planOf, WORKLOADS_BY_NAME } from "../../../lib/engine/workloads.ts";
import { graphOf } from "../../../lib/network/architectures.ts";
import { OPTIMIZERS } from "../../../lib/plan/optimizers.ts";
import { operandsOf } from "../../../lib/plan/operands.ts";
import { type Plan, SEGMENTS, stepsOf } from "../../../lib/plan/plan.ts";
import { planTraining } from "../../../lib/plan/planners.ts";
import type { Step } from "../../../lib/plan/steps.ts";
import { gpuAdapter } from "../../support/engines.ts";
import { NETWORK, SHAPE, TIGHT } from "../../support/gpu_training.ts";
import * as steps from "../../support/one_step.ts";
import { HARDWARE } from "../../support/shader_texts.ts";
import { run, tensorOf } from "../../support/step_program.ts";

const E4 = planOf(WORKLOADS_BY_NAME.get("E4")!);

/** A training with everything that lists tensors. */
const ALL = planTraining(graphOf(NETWORK), SHAPE, {
  optimizer: { rule: "adamw" },
  accumulate: 2,
  clipNorm: 1,
  ema: 0.99,
});

/** A step with its dispatches, and the list of tensors that they walk through. */
interface Lowered {
  readonly step: Step;
  readonly dispatches: readonly Dispatch[];
  readonly words: Uint32Array;
  readonly context: Context;
}

/** The steps that list tensors, lowered as a program would, in its memory. */
function lowered(plan: Plan, limits: GpuLimits): Lowered[] {
  const map = mapMemory([plan], limits);
  const [{ arena, tablesAt }] = map.drafts;
  const tensor = (name: string) => map.persistent.offsets.get(name) ?? arena.offsets.get(name)!;
  const context = new Context(plan, { tensor, tables: tablesAt, workspace: 0 }, limits);
  return stepsOf(plan, SEGMENTS).flatMap((step) => {
    const before = context.tables.length;
    const dispatches = lower(step, context)
      .filter(({ kernel, entry }) => KERNELS.has(kernel) && entry !== "total");
    if (dispatches.length === 0) return [];
    assertEquals(context.tables.length, before + 1);
    return [{ step, dispatches, words: context.tables[before].words, context }];
  });
}

/** Kernels that list tensors, and the first binding of their windows. */
const KERNELS = new Map<string, number>([
  ["adam", 3],
  ["sgd", 3],
  ["average", 2],
  ["accumulate", 2],
  ["gradient_norm", 1],
]);

const countsOf = (all: readonly Lowered[]) =>
  Object.entries(Object.groupBy(all, ({ step }) => step.kind)).map(([kind, of]) => [
    kind,
    of!.length,
    of!.reduce((sum, { dispatches }) => sum + dispatches.length, 0),
  ]);

Deno.test("the tutorial's optimiser takes one dispatch, in the memory of its program", () => {
  assertEquals(countsOf(lowered(E4, HARDWARE)), [["update", 1, 1]]);
});

Deno.test("so do the average and the norm; gradients are added up after each operation", () => {
  const accumulations = stepsOf(ALL).filter(({ kind }) => kind === "accumulate").length;
  assert(accumulations > 30);
  assertEquals(countsOf(lowered(ALL, HARDWARE)), [
    ["accumulate", accumulations, accumulations],
    ["gradient_norm", 1, 1],
    ["update", 1, 1],
    ["average", 1, 1],
  ]);
});

const LIMITS: readonly [string, Partial<GpuLimits>][] = [
  ["a large GPU", {}],
  ["tight limits", TIGHT],
  ["small bindings", { bindingBytes: 64 * 1024 }],
  ["small buffers", { bufferBytes: 256 * 1024 }],
  ["a slow GPU", { dispatchFlops: 2e4 }],
];

for (const [what, limits] of LIMITS) {
  Deno.test(`on ${what} each vector of a listed tensor is in one portion`, () => {
    for (const { step, dispatches, words, context } of lowered(ALL, { ...HARDWARE, ...limits })) {
      const found = dispatches.flatMap((dispatch) => regionsIn(dispatch, words));
      const { reads, writes } = operandsOf(step);
      const beside = new Set(["rate", "added", "clip"]);
      const names = [...new Set([...reads, ...writes])].filter((name) => !beside.has(name));
      const expected = names.map((name) => context.place(name));
      const key = ({ at, bytes }: { at: number; bytes: number }) => `${at} ${bytes}`;
      assertEquals(found.map(key).sort(), expected.map(key).sort(), step.kind);
    }
  });

  Deno.test(`on ${what} no dispatch of a list binds a byte twice or more than fits`, () => {
    const all = { ...HARDWARE, ...limits };
    for (const { dispatches } of lowered(ALL, all)) {
      for (const { bindings, cost, slab } of dispatches) {
        const bound = bindings.filter((region) => region !== undefined)
          .sort((a, b) => a.at - b.at);
        bound.forEach(({ at, bytes }, index) => {
          assert(bytes <= all.bindingBytes);
          const [first, last] = [at, at + bytes - 1].map((at) => Math.floor(at / all.bufferBytes));
          assertEquals(first, last);
          const next = bound[index + 1];
          assert(next === undefined || at + bytes <= next.at);
        });
        assert(cost <= all.dispatchFlops || slab[1] === 1);
      }
    }
  });
}

/** The regions of memory that the workgroups of a dispatch find in its list. */
function regionsIn({ kernel, bindings, slab, invocations, group }: Dispatch, words: Uint32Array) {
  const [firstTensor, tensorCount] = slab;
  // The norm's partials come after its only window.
  const windows = bindings.slice(KERNELS.get(kernel)!, kernel === "gradient_norm" ? 2 : undefined);
  let portion = 0;
  const regions = Array.from({ length: tensorCount }, (_, index) => {
    const [firstPortion, vectors, , , ...at] = words.subarray(8 * (firstTensor + index));
    assertEquals(firstPortion, portion);
    portion += Math.ceil(vectors / PORTION);
    return windows.map((window, kind) => ({
      at: window!.at + at[kind] * VECTOR_BYTES,
      bytes: vectors * VECTOR_BYTES,
    }));
  }).flat();
  assertEquals(invocations, portion * (group ?? 1));
  return regions;
}

/** Parameters of less than a vector to several portions. */
const SHAPES = [[5], [7, 3, 3, 3], [1], [40, 24, 3, 3], [33], [9, 130, 1, 1]];

/** A value for each index, none of which is as simple as a sum of others. */
const valuesOf = (shape: readonly number[], seed: number, size = 1) =>
  tensorOf(shape, (i) => size * Math.sin(1 + 0.7 * i + 11 * seed));

for (const rule of ["adamw", "sgd"] as const) {
  Deno.test({
    name: `${rule} gives parameters that are updated together the bits of each alone`,
    ignore: gpuAdapter === undefined,
    fn: async () => {
      const parameters = SHAPES.map((shape, i) => ({
        kind: shape.length === 1
          ? "vector" as const
          : shape[2] === 3
          ? "conv3x3" as const
          : "pointwise" as const,
        ...(shape.length > 1 && { split: [shape[1]] }),
        p: valuesOf(shape, i),
        g: valuesOf(shape, i + 0.3, 0.01),
        slots: Object.fromEntries(OPTIMIZERS[rule].slots.map((slot) => {
          const { data } = valuesOf(shape, i + 0.5, 0.1);
          const isSquare = slot.endsWith("_sq");
          return [slot, { shape, data: isSquare ? data.map((value) => value * value) : data }];
        })),
        decays: shape.length > 1 && i !== 3,
      }));
      const settings = { rule, rate: 0.01, t: 3, hyper: { weightDecay: 0.3 } };
      const engine = await createGpuEngine({ adapter: gpuAdapter! });
      const tight = await createGpuEngine({
        adapter: gpuAdapter!,
        limits: { bindingBytes: 48 * 1024, dispatchFlops: 1e4 },
      });
      const together = await run(engine, steps.update(parameters, settings));
      const cut = await run(tight, steps.update(parameters, settings));
      for (const [i, parameter] of parameters.entries()) {
        const alone = await run(engine, steps.update([parameter], settings));
        for (const [name, tensor] of Object.entries(alone)) {
          const inList = name.replace("p0", `p${i}`);
          assertEquals(together[inList], tensor, inList);
          assertEquals(cut[inList], tensor, inList);
        }
        assertNotEquals(alone.p0.data, parameter.p.data);
      }
      engine.close();
      tight.close();
    },
  });
}
