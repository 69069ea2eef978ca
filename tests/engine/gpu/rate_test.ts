/**
 * The measured rate of a GPU and what follows from it: large dispatches on fast adapters.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { Gpu } from "../../../lib/engine/gpu/adapter.ts";
import { GpuBackend } from "../../../lib/engine/gpu/backend.ts";
import {
  bearableFlops,
  busyWorkgroups,
  type GpuLimits,
  SAFE_FLOPS,
  type VariantChooser,
} from "../../../lib/engine/gpu/limits.ts";
import { GROUP, Pipelines } from "../../../lib/engine/gpu/pipelines.ts";
import { measureRate } from "../../../lib/engine/gpu/rate.ts";
import {
  choicesIn,
  rateIn,
  tuningKey,
  withChoices,
  withRate,
} from "../../../lib/engine/gpu/tuning.ts";
import { planOf, WORKLOADS_BY_NAME } from "../../../lib/engine/workloads.ts";
import { forwardOnly, type Plan } from "../../../lib/plan/plan.ts";
import type { Step, TensorSpec } from "../../../lib/plan/steps.ts";
import { gpuAdapter as adapter } from "../../support/engines.ts";
import { replacing } from "../../support/frail_adapter.ts";
import { dispatchesOf } from "../../support/shader_texts.ts";

/** Limits of a data centre's GPU, as its driver tells them. */
const FAST: GpuLimits = {
  bindingBytes: 2 ** 31 - 256,
  bufferBytes: 2 ** 31 - 256,
  workgroups: 65535,
  groupSize: 1024,
  groupBytes: 49152,
  tiled: true,
  // As measured on an H200: 30 TFLOP/s.
  dispatchFlops: bearableFlops(30e9),
  busyWorkgroups: busyWorkgroups(30e9),
};

/** Two workgroups for each of the 132 multiprocessors of such a GPU. */
const MANY_GROUPS = 264;
/** What takes less time than this does not matter. */
const SMALL_FLOPS = 5e9;

Deno.test("a dispatch may take 100 ms, within bounds", () => {
  assertEquals(bearableFlops(1e9), 1e11);
  assertEquals(bearableFlops(1e6), SAFE_FLOPS.hardware);
  assertEquals(bearableFlops(30e9), 2e12);
});

Deno.test("the fastest GPUs want two workgroups for each core, others fewer", () => {
  assertEquals(busyWorkgroups(30e9), MANY_GROUPS);
  assertEquals(busyWorkgroups(2e9), 27);
  assertEquals(busyWorkgroups(1e6), 3);
});

const NETWORK = WORKLOADS_BY_NAME.get("E4")!;

for (const n of [1, 4, 8, 16]) {
  for (const kind of ["training step", "forward"] as const) {
    Deno.test(`on a fast GPU no core is idle in what takes long: ${kind}, batch ${n}`, () => {
      const dispatches = dispatchesOf(planOf({ ...NETWORK, kind, n }), FAST)
        .filter(({ cost }) => cost > SMALL_FLOPS);
      assert(dispatches.length > 15);
      for (const { kernel, invocations, group = GROUP, cost } of dispatches) {
        const groups = Math.ceil(invocations / group);
        assert(groups >= MANY_GROUPS, `${kernel} has ${groups} workgroups for ${cost} FLOP`);
      }
    });
  }
}

Deno.test("smaller workgroups are for dispatches that have few, on GPUs that need many", () => {
  const tilesOf = (n: number, limits: GpuLimits) =>
    dispatchesOf(planOf({ ...NETWORK, n }), limits)
      .filter(({ kernel }) => kernel === "conv3x3_winograd")
      .map(({ constants: { STRIPS, TILES, CHUNK } }) => `${STRIPS} ${TILES} ${CHUNK}`);
  const usual = new Set(["2 4 16"]);
  assertEquals(new Set(tilesOf(16, FAST)), usual);
  assertEquals(new Set(tilesOf(1, { ...FAST, busyWorkgroups: busyWorkgroups(2e9) })), usual);
  assertEquals(new Set(tilesOf(4, FAST)), new Set([...usual, "1 4 16", "1 4 8"]));
  // A preference that was measured for larger maps does not hold where it has few workgroups.
  const variantOf: VariantChooser = (_, fitting) => fitting[1];
  const preferring = tilesOf(4, { ...FAST, variantOf });
  assertEquals(new Set(preferring), new Set(["1 4 16", "1 4 8"]));
});

Deno.test({
  name: "measureRate() finds what a GPU computes",
  ignore: adapter === undefined,
  fn: async () => {
    const gpu = await Gpu.open(adapter!);
    const rate = await measureRate(gpu, new Pipelines(gpu.device), 16);
    assert(rate !== undefined && rate > 1e4 && rate < 1e12, `${rate}`);
    const { limits } = gpu;
    gpu.learnRate(1e9);
    // An adapter in software keeps its limit.
    assertEquals(gpu.limits.dispatchFlops === limits.dispatchFlops, gpu.software);
    assertEquals(gpu.rate, 1e9);
    gpu.close();
  },
});

Deno.test({
  name: "a large plan learns the rate that is kept for the adapter, a small one does not ask",
  ignore: adapter === undefined,
  fn: async () => {
    const gpu = await Gpu.open(posing(adapter!));
    const stored = withRate(undefined, tuningKey(gpu), 5e8);
    const store = { read: () => Promise.resolve(stored), write: () => Promise.reject("a write") };
    const backend = new GpuBackend(gpu, Infinity, { store });
    for (const [width, rate] of [[16, undefined], [64, 5e8]] as const) {
      (await backend.prepare([convolution(width)], { brief: true })).close();
      assertEquals(gpu.rate, rate);
    }
    assertEquals(gpu.limits.dispatchFlops, 5e10);
    backend.close();
  },
});

/** An adapter in software that poses as a GPU. */
function posing(adapter: GPUAdapter): GPUAdapter {
  return replacing(adapter, { info: { description: "a GPU" } as GPUAdapterInfo });
}

/** A plan of one convolution of 1024 channels: 0.6 GFLOP a column. */
function convolution(width: number): Plan {
  const map = (name: string): TensorSpec => ({ name, kind: "map", shape: [1, 1024, 32, width] });
  const w: TensorSpec = { name: "w", kind: "conv3x3", shape: [1024, 1024, 3, 3], split: [1024] };
  const step: Step = { kind: "conv3x3", sources: [{ tensor: "x" }], weight: "w", out: "y" };
  const tensors = [map("x"), map("y"), w];
  return { tensors, segments: forwardOnly([step]), persistent: [], inputs: [], outputs: [] };
}

Deno.test("the rate is kept beside the choices, and neither overwrites the other", () => {
  const choices = new Map([["a shape", "a variant"]]);
  const stored = withChoices(withRate({ other: 1 }, "key", 5e9), "key", choices);
  assertEquals([rateIn(stored, "key"), choicesIn(stored, "key")], [5e9, choices]);
  const again = withRate(stored, "key", 6e9);
  assertEquals([rateIn(again, "key"), choicesIn(again, "key")], [6e9, choices]);
  assertEquals(withRate([1], "key", 1), withRate(undefined, "key", 1));
  for (const rate of [0, -1, NaN, Infinity, "5", null, {}]) {
    assertEquals(rateIn({ key: { "FLOP per ms": rate } }, "key"), undefined);
  }
  for (const bad of [undefined, null, 3, [], { key: [] }, { other: {} }]) {
    assertEquals(rateIn(bad, "key"), undefined);
  }
});
