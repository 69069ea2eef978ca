/**
 * 3x3 convolution forward and backward, one thread and, where there is one, the GPU:
 * `deno bench bench/kernels_bench.ts`. @module
 */
import { CpuBackend } from "../lib/engine/cpu/backend.ts";
import { Gpu, gpuAdapterOf } from "../lib/engine/gpu/adapter.ts";
import { GpuBackend } from "../lib/engine/gpu/backend.ts";
import { stepFlops } from "../lib/plan/flops.ts";
import { operandsOf } from "../lib/plan/operands.ts";
import { forwardOnly } from "../lib/plan/plan.ts";
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
        const program = await new CpuBackend(1, 2 ** 32).prepare([plan]);
        for (let warm = 0; warm < 3; warm++) await program.run(0);
        bench.start();
        await program.run(0);
        bench.end();
        program.close();
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
        const { reads, writes } = operandsOf(step);
        const used = tensors.filter(({ name }) => [...reads, ...writes].includes(name));
        const backend = new GpuBackend(gpu, Infinity);
        const program = await backend.prepare([{ ...plan, tensors: used, persistent: [] }]);
        const run = async () => {
          await program.run(0);
          // Deno resolves this promise 10 ms late.
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
