/**
 * What only the GPU engine must prove: that cutting work and memory changes no bit, that failures
 * are told, that the calling thread lives.
 *
 * @module
 */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { DeviceError, InputError } from "../../../lib/core/errors.ts";
import type { Tensors } from "../../../lib/core/tensor.ts";
import { Gpu } from "../../../lib/engine/gpu/adapter.ts";
import { createGpuEngine } from "../../../lib/engine/gpu/engine.ts";
import { KERNELS } from "../../../lib/engine/gpu/kernels.ts";
import { type GpuLimits } from "../../../lib/engine/gpu/limits.ts";
import { shaderText } from "../../../lib/engine/gpu/pipelines.ts";
import { graphOf } from "../../../lib/network/architectures.ts";
import type { Network } from "../../../lib/network/network.ts";
import { planTraining } from "../../../lib/plan/planners.ts";
import { gpuAdapter as adapter } from "../../support/engines.ts";
import { assertSameBits } from "../../support/compare.ts";
import { replacing, withDevice } from "../../support/frail_adapter.ts";
import {
  batchOf,
  FRESH,
  NETWORK,
  SHAPE,
  testTightLimits,
  TIGHT,
} from "../../support/gpu_training.ts";
import * as steps from "../../support/one_step.ts";
import { Draw } from "../../support/random_programs.ts";
import { dispatchesOf } from "../../support/shader_texts.ts";
import { run } from "../../support/step_program.ts";

const test = (name: string, run: () => Promise<void>) =>
  Deno.test({ name, ignore: adapter === undefined, fn: run });

testTightLimits(NETWORK);

test("every kernel of convolutions through workgroup memory is used, and its text is valid", async () => {
  const gpu = await Gpu.open(adapter!, { tiled: true });
  const wide: Network = { ...NETWORK, base: 32, levels: 3 };
  const plan = planTraining(graphOf(wide), { ...SHAPE, n: 1, height: 32, width: 32 });
  const dispatches = dispatchesOf(plan, gpu.limits);
  const names = Object.keys(KERNELS).filter((name) => /winograd|transpose.*tiled/.test(name));
  const used = new Set<string>(dispatches.map(({ kernel }) => kernel));
  assertEquals(names.filter((name) => !used.has(name)), []);
  for (const dispatch of dispatches) {
    gpu.device.createShaderModule({ code: shaderText(dispatch) });
  }
  await gpu.checkLater();
  gpu.close();
});

test("GPU group norm and dropout give equal bits under tight limits", async () => {
  const draw = new Draw(1);
  const shape = [3, 12, 30, 41];
  const [x, dy] = [draw.values(shape), draw.values(shape)];
  const [gamma, beta] = [draw.values([12]), draw.values([12])];
  const factors = draw.values([3, 12]);
  const known = { groups: 2, relu: true };
  const results = async (limits: Partial<GpuLimits>): Promise<Tensors> => {
    const engine = await createGpuEngine({ adapter: adapter!, limits });
    const forward = await run(engine, steps.groupNorm(x, { gamma, beta, ...known }));
    const { norm } = forward;
    const backward = await run(engine, steps.groupNormGradient({ x, norm, dy, ...known }));
    const dropped = await run(engine, steps.dropout({ tensor: x }, factors));
    const words = { shape: [8], data: Float32Array.of(1, 2, 3, 4, 5, 0, 7, 8) };
    const thinned = await run(engine, steps.elementDropout({ tensor: x }, words, 0.5));
    engine.close();
    return { ...forward, ...backward, dropped: dropped.y, thinned: thinned.y };
  };
  const [whole, cut] = [await results({}), await results(TIGHT)];
  for (const [name, tensor] of Object.entries(whole)) {
    assertSameBits(name, cut[name], tensor);
  }
});

test("GPU training leaves turns to timers", async () => {
  const engine = await createGpuEngine({ adapter: adapter!, limits: { dispatchFlops: 1e6 } });
  const plans = { train: [planTraining(graphOf(NETWORK), SHAPE)], evaluate: [] };
  const trainer = await engine.trainer(plans, FRESH);
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  for (let step = 0; step < 20; step++) await trainer.step(batchOf(step), { learningRate: 1e-3 });
  clearInterval(timer);
  await trainer.losses();
  trainer.close();
  engine.close();
  assert(turns > 0);
});

test("createGpuEngine() keeps to a memory limit", async () => {
  const engine = await createGpuEngine({ adapter: adapter!, gpuMemory: 1024 });
  const plans = { train: [planTraining(graphOf(NETWORK), SHAPE)], evaluate: [] };
  assert(engine.memoryNeeded(plans.train) > 1024);
  await assertRejects(() => engine.trainer(plans, FRESH), InputError, "GPU memory");
  engine.close();
});

test("a refused command makes the next call fail", async () => {
  const gpu = await Gpu.open(adapter!);
  gpu.check();
  gpu.device.createShaderModule({ code: "no shader" });
  await gpu.device.queue.onSubmittedWorkDone();
  assertThrows(() => gpu.check(), DeviceError, "refused");
  gpu.close();
});

test("a device is given back once the GPU is idle", async () => {
  const calls: string[] = [];
  const watched = withDevice(adapter!, (device) => ({
    queue: replacing(device.queue, {
      onSubmittedWorkDone() {
        calls.push("asked");
        return device.queue.onSubmittedWorkDone();
      },
    }),
    destroy() {
      calls.push("destroyed");
      device.destroy();
    },
  }));
  (await Gpu.open(watched)).close();
  assertEquals(calls, ["asked", "destroyed"]);
});

test("a lost device makes the next step fail", async () => {
  const gpu = await Gpu.open(adapter!);
  gpu.device.destroy();
  await gpu.device.lost;
  assertThrows(() => gpu.check(), DeviceError, "lost");
});
