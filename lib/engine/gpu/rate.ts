/**
 * Measures how fast a GPU computes, for the largest dispatch that it may get (limits.ts) and for
 * the pace of submissions (runner.ts).
 *
 * The probe is a 3x3 convolution of the usual kernel. Its time is the difference between many runs
 * in one submission and a single one, so whatever a submission costs besides cancels out: the
 * transfer, the driver, and the 10 ms that Deno sleeps before it tells of the end. The GPU's own
 * timestamps would be finer, but their unit is not the same on all drivers.
 *
 * @module
 */
import { OutOfMemoryError } from "../../core/errors.ts";
import { forwardOnly, type Plan } from "../../plan/plan.ts";
import type { TensorSpec } from "../../plan/steps.ts";
import { callsOf } from "../compiled.ts";
import type { Gpu } from "./adapter.ts";
import { compile, mapMemory } from "./compile.ts";
import { Memory } from "./memory.ts";
import type { Pipelines } from "./pipelines.ts";
import { record } from "./runner.ts";

/** Channels of the probe. Maps of SIDE x SIDE pixels then take 4.8 GFLOP and 512 workgroups. */
const CHANNELS = 64;
const SIDE = 256;

/** The measured difference takes at least so long: an idle GPU needs some 100 ms to wake. */
const LEAST_MS = 200;

/** Each attempt has so many times the runs of the one before, up to a bound. */
const MORE = 4;
const MOST_RUNS = 4096;

/**
 * The rate of a GPU in FLOP per ms; undefined where its memory does not even hold the probe, which
 * is for the run itself to report. It takes about half a second.
 */
export async function measureRate(
  gpu: Gpu,
  pipelines: Pipelines,
  side = SIDE,
): Promise<number | undefined> {
  const map = mapMemory([probe(side)], gpu.limits);
  let memory: Memory;
  try {
    memory = await Memory.make(gpu, map.bytes);
  } catch (error) {
    if (error instanceof OutOfMemoryError) return undefined;
    throw error;
  }
  try {
    const [compiled] = compile(map, gpu.device, pipelines, memory);
    const calls = callsOf(compiled);
    const cost = calls.reduce((sum, call) => sum + call.cost, 0);
    const time = async (runs: number) => {
      const start = performance.now();
      const encoder = gpu.device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      for (let run = 0; run < runs; run++) record(pass, calls);
      pass.end();
      gpu.device.queue.submit([encoder.finish()]);
      await gpu.device.queue.onSubmittedWorkDone();
      gpu.check();
      return performance.now() - start;
    };
    // The first run waits for the kernel's compilation and wakes the GPU.
    await time(1);
    const single = await time(1);
    for (let runs = MORE;; runs *= MORE) {
      const ms = await time(runs) - single;
      if (ms >= LEAST_MS || runs >= MOST_RUNS) return (runs - 1) * cost / Math.max(ms, 1);
    }
  } finally {
    memory.close();
  }
}

/** A plan of one convolution. */
function probe(side: number): Plan {
  const map = (name: string): TensorSpec => {
    return { name, kind: "map", shape: [1, CHANNELS, side, side] };
  };
  const shape = [CHANNELS, CHANNELS, 3, 3];
  return {
    tensors: [map("x"), map("y"), { name: "w", kind: "conv3x3", shape, split: [CHANNELS] }],
    segments: forwardOnly([{ kind: "conv3x3", sources: [{ tensor: "x" }], weight: "w", out: "y" }]),
    persistent: [],
    inputs: [],
    outputs: [],
  };
}
