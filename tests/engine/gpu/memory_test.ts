import { assert, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../../lib/core/errors.ts";
import { elementCount } from "../../../lib/core/tensor.ts";
import { LAYOUT as cpuLayout } from "../../../lib/engine/cpu/layout.ts";
import { mapMemory } from "../../../lib/engine/gpu/compile.ts";
import { Context } from "../../../lib/engine/gpu/context.ts";
import { bytesOf, LAYOUT as gpuLayout } from "../../../lib/engine/gpu/layout.ts";
import type { GpuLimits } from "../../../lib/engine/gpu/limits.ts";
import { slabsOf } from "../../../lib/engine/gpu/slabs.ts";
import { graphOf } from "../../../lib/network/architectures.ts";
import { placeInOrder, planMemory } from "../../../lib/plan/memory_plan.ts";
import { forwardOnly, specsOf } from "../../../lib/plan/plan.ts";
import { planTraining } from "../../../lib/plan/planners.ts";
import type { TensorSpec } from "../../../lib/plan/steps.ts";

const LIMITS: GpuLimits = {
  bindingBytes: 2 ** 20,
  bufferBytes: 2 ** 21,
  workgroups: 65535,
  dispatchFlops: 1e9,
  groupSize: 256,
  groupBytes: 16384,
  tiled: false,
};
const NETWORK = { inChannels: 1, classes: 1, base: 4, bilinear: false };
const SHAPE = { n: 2, height: 64, width: 48, mean: 0.485, std: 0.229 };

const NO_PLAN = {
  tensors: [],
  segments: forwardOnly([]),
  persistent: [],
  inputs: [],
  outputs: [],
};

const contextWith = (limits: Partial<GpuLimits>) =>
  new Context(NO_PLAN, { tensor: () => 0, tables: 0, workspace: 0 }, { ...LIMITS, ...limits });

Deno.test("slabsOf() covers all units once, in steps", () => {
  for (const units of [1, 7, 64, 1000]) {
    for (const step of [1, 4]) {
      for (const unitBytes of [256, 40_000]) {
        const slabs = slabsOf(contextWith({}), {
          units,
          step,
          unitBytes,
          haloBytes: 2 * unitBytes,
          cost: 5e9,
        });
        let next = 0;
        for (const { first, count } of slabs) {
          assertEquals(first, next);
          assertEquals(first % step, 0);
          assert(count >= 1 && (count + 2) * unitBytes <= LIMITS.bindingBytes);
          next = first + count;
        }
        assertEquals(next, units);
      }
    }
  }
});

Deno.test("slabsOf() cuts what takes too long", () => {
  const work = { units: 100, unitBytes: 16, cost: 1e10 };
  assertEquals(slabsOf(contextWith({}), work).length, 10);
  assertEquals(slabsOf(contextWith({ dispatchFlops: 1e20 }), work).length, 1);
});

Deno.test("slabsOf() refuses rows that a binding cannot show", () => {
  const work = { units: 100, unitBytes: 2 ** 19, haloBytes: 2 ** 20, cost: 1 };
  assertThrows(() => slabsOf(contextWith({}), work), InputError, "use smaller images");
});

Deno.test("placeInOrder() keeps every tensor within a piece", () => {
  const sizes: Record<string, number> = { a: 700, b: 500, c: 100, d: 1024, e: 1 };
  const rules = { alignment: 256, piece: 1024 };
  const { offsets, bytes } = placeInOrder(Object.keys(sizes), (name) => sizes[name], rules, 256);
  assertEquals([...offsets.values()], [256, 1024, 1536, 2048, 3072]);
  assertEquals(bytes, 3072 + 256);
});

Deno.test("planMemory() keeps every tensor within a piece and shares memory", () => {
  const plan = planTraining(graphOf(NETWORK), SHAPE);
  const specs = specsOf(plan);
  const sizeOf = (name: string) => {
    const spec = specs.get(name)!;
    return spec.kind === "moments" ? 1000 : bytesOf(spec);
  };
  const piece = 150 * 1024;
  const { offsets, bytes } = planMemory(plan, sizeOf, { alignment: 256, piece });
  let sum = 0;
  for (const [name, offset] of offsets) {
    assertEquals(offset % 256, 0);
    assertEquals(Math.floor(offset / piece), Math.floor((offset + sizeOf(name) - 1) / piece), name);
    sum += sizeOf(name);
  }
  assert(bytes < sum);
});

Deno.test("mapMemory() refuses a tensor larger than a buffer", () => {
  const plan = planTraining(graphOf(NETWORK), SHAPE);
  assertThrows(
    () => mapMemory([plan], { ...LIMITS, bufferBytes: 64 * 1024 }),
    InputError,
    "largest buffer",
  );
});

Deno.test("pack() and unpack() are each other's inverse for every kind of tensor", () => {
  const specs: TensorSpec[] = [
    { name: "a", kind: "plane", shape: [2, 3, 5, 7] },
    { name: "b", kind: "map", shape: [2, 6, 3, 5] },
    { name: "c", kind: "conv3x3", shape: [5, 9, 3, 3], split: [3, 6] },
    { name: "d", kind: "convtranspose2", shape: [6, 3, 2, 2] },
    { name: "e", kind: "conv1x1", shape: [2, 7, 1, 1] },
    { name: "f", kind: "vector", shape: [9] },
    { name: "g", kind: "norm", shape: [4, 9] },
    { name: "h", kind: "scalars", shape: [3] },
  ];
  for (const layout of [cpuLayout, gpuLayout]) {
    for (const spec of specs) {
      const data = Float32Array.from({ length: elementCount(spec.shape) }, (_, i) => i + 1);
      const memory = new Float32Array(layout.bytesOf(spec) / 4 + 16).fill(7);
      layout.pack(spec, data, memory.buffer, 32);
      assertEquals(layout.unpack(spec, memory.buffer, 32), data, spec.kind);
      const sum = memory.subarray(8, -8).reduce((a, b) => a + b, 0);
      assertEquals(
        sum,
        data.reduce((a, b) => a + b, 0),
        `${spec.kind}: lanes without a channel are zero`,
      );
      assert([...memory.subarray(0, 8), ...memory.subarray(-8)].every((value) => value === 7));
      layout.pack(spec, data.subarray(0, 2), memory.buffer, 32);
      const few = layout.unpack(spec, memory.buffer, 32);
      assertEquals([few[0], few[1], ...new Set(few.subarray(2))], [1, 2, 0], spec.kind);
    }
  }
});

Deno.test("weights on the GPU are rows of output channels, [in block][tap][channel][out]", () => {
  const [outputs, split, inBlocks, outLanes] = [5, [3, 6], 3, 8];
  const inputs = [0, 1, 2, 4, 5, 6, 7, 8, 9]; // the second source begins at the second block
  for (const [kind, side] of [["conv3x3", 3], ["pointwise", 1]] as const) {
    const spec: TensorSpec = { name: "w", kind, shape: [outputs, 9, side, side], split };
    const taps = side * side;
    assertRows(spec, inBlocks * taps * 4, outLanes, (row, o) => {
      const [block, tap, channel] = [
        Math.floor(row / 4 / taps),
        Math.floor(row / 4) % taps,
        row % 4,
      ];
      const i = inputs.indexOf(4 * block + channel);
      return i < 0 || o >= outputs ? 0 : (o * 9 + i) * taps + tap + 1;
    });
  }
  const spec: TensorSpec = { name: "w", kind: "convtranspose2", shape: [6, outputs, 2, 2] };
  assertRows(spec, 2 * 4 * 4, outLanes, (row, o) => {
    const i = Math.floor(row / 16) * 4 + row % 4;
    return i >= 6 || o >= outputs ? 0 : (i * outputs + o) * 4 + Math.floor(row / 4) % 4 + 1;
  });
});

/** Packs 1, 2, 3 ... and compares each element of memory with `expected`. */
function assertRows(
  spec: TensorSpec,
  rows: number,
  length: number,
  expected: (row: number, o: number) => number,
): void {
  const data = Float32Array.from({ length: elementCount(spec.shape) }, (_, i) => i + 1);
  const memory = new Float32Array(gpuLayout.bytesOf(spec) / 4);
  gpuLayout.pack(spec, data, memory.buffer, 0);
  const wanted = Float32Array.from(
    { length: rows * length },
    (_, at) => expected(Math.floor(at / length), at % length),
  );
  assertEquals(memory, wanted, spec.kind);
}
