/** 3x3 convolution forward and backward, one thread and, where there is one, the GPU: `deno bench bench/kernels_bench.ts`. @module */
import { forwardOnly } from "../lib/plan/plan.ts";
import { Machine } from "../lib/engine/cpu/machine.ts";
import { compile, mapMemory } from "../lib/engine/cpu/program.ts";
import { Gpu, gpuAdapterOf } from "../lib/engine/gpu/adapter.ts";
import { Machine as GpuMachine } from "../lib/engine/gpu/machine.ts";
import { Pipelines } from "../lib/engine/gpu/pipelines.ts";
import { mapMemory as mapGpuMemory } from "../lib/engine/gpu/program.ts";
import { Runner } from "../lib/engine/gpu/runner.ts";
import { operandsOf } from "../lib/plan/operands.ts";
import { stepFlops } from "../lib/plan/flops.ts";
import type { Step, TensorSpec } from "../lib/plan/steps.ts";

const adapter = await gpuAdapterOf();

/** Input channels, output channels, size. */
const SHAPES = [[1, 64, 256], [8, 8, 128], [16, 16, 128], [64, 64, 128], [128, 64, 128], [
  256,
  256,
  32,
], [1024, 512, 32]];

const STEPS: Step[] = [
  {
    kind: "conv3x3",
    sources: [{ tensor: "x", norm: "norm", relu: true }],
    weight: "w",
    out: "y",
    moments: "moments",
  },
  { kind: "conv3x3_input_gradient", gradient: "y", weight: "w", targets: [{ tensor: "dx" }] },
  {
    kind: "conv3x3_weight_gradient",
    sources: [{ tensor: "x", norm: "norm", relu: true }],
    gradient: "y",
    weightGradient: "dw",
  },
];

for (const [inChannels, outChannels, size] of SHAPES) {
  const tensors: TensorSpec[] = [
    { name: "x", kind: "map", shape: [1, inChannels, size, size] },
    { name: "dx", kind: "map", shape: [1, inChannels, size, size] },
    { name: "y", kind: "map", shape: [1, outChannels, size, size] },
    { name: "w", kind: "conv3x3", shape: [outChannels, inChannels, 3, 3] },
    { name: "dw", kind: "conv3x3", shape: [outChannels, inChannels, 3, 3] },
    { name: "norm", kind: "norm", shape: [4, inChannels] },
    { name: "moments", kind: "moments", shape: [2, outChannels] },
  ];
  const specs = new Map(tensors.map((spec) => [spec.name, spec]));
  const persistent = ["x", "dx", "y", "w", "dw", "norm"];
  for (const step of STEPS) {
    const plan = { tensors, segments: forwardOnly([step]), persistent, inputs: [], outputs: [] };
    const gigaflops = stepFlops(step, specs) / 1e9;
    Deno.bench({
      name: `CPU ${step.kind} ${inChannels} to ${outChannels}, ${size}x${size} (${
        gigaflops.toFixed(2)
      } GFLOP)`,
      group: `${step.kind} ${inChannels} to ${outChannels}, ${size}x${size}`,
      baseline: true,
      fn: async (bench) => {
        const machine = await Machine.start(1, 2 ** 32);
        const [{ steps }] = compile(mapMemory([plan], 1), machine);
        for (let warm = 0; warm < 3; warm++) await machine.run(steps);
        bench.start();
        await machine.run(steps);
        bench.end();
        machine.close();
      },
    });
    if (!adapter) continue;
    Deno.bench({
      name: `GPU ${step.kind} ${inChannels} to ${outChannels}, ${size}x${size} (${
        gigaflops.toFixed(2)
      } GFLOP)`,
      group: `${step.kind} ${inChannels} to ${outChannels}, ${size}x${size}`,
      n: 5,
      warmup: 1,
      fn: async (bench) => {
        const gpu = await Gpu.open(adapter);
        const runner = new Runner(gpu);
        const { reads, writes } = operandsOf(step);
        const used = tensors.filter(({ name }) => [...reads, ...writes].includes(name));
        const map = mapGpuMemory([{ ...plan, tensors: used, persistent: [] }], gpu.limits);
        const machine = await GpuMachine.make(gpu, new Pipelines(gpu.device), runner, map);
        const [{ steps }] = machine.plans;
        const run = async () => {
          await runner.run(steps);
          // 10 ms of this are Deno's way of waiting.
          await gpu.device.queue.onSubmittedWorkDone();
        };
        for (let warm = 0; warm < 2; warm++) await run();
        bench.start();
        await run();
        bench.end();
        gpu.close();
      },
    });
  }
}
