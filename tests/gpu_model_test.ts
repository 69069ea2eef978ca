/**
 * The model of GPU time (bench/lab/gpu_static): what it counts, how near it is to an H200, and what
 * it promises.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { dispatchesOf, LARGE_GPU } from "../bench/lab/gpu_static/dispatches.ts";
import { gpuNamed, GPUS } from "../bench/lab/gpu_static/gpus.ts";
import { fitted, foretold } from "../bench/lab/gpu_static/measured.ts";
import { predictSpeed } from "../bench/lab/gpu_static/predict_speed.ts";
import { secondsOf } from "../bench/lab/gpu_static/time_model.ts";
import { type Work, workOf } from "../bench/lab/gpu_static/work.ts";
import { planOf, WORKLOADS_BY_NAME } from "../lib/engine/workloads.ts";
import { planFlops } from "../lib/plan/flops.ts";

const BATCHES = [1, 4, 8, 16];
const E4 = planOf(WORKLOADS_BY_NAME.get("E4")!);
const H200 = gpuNamed("H200");

/** The work of E4's kernels of a name. */
function workOfE4(name: RegExp): Work[] {
  return dispatchesOf(E4, LARGE_GPU).map(workOf).filter((work) => name.test(work.name));
}

const sumOf = (works: readonly Work[], of: (work: Work) => number) =>
  works.reduce((sum, work) => sum + of(work), 0);

Deno.test("the kernels' FLOP are those of the plan, but for the 1x1 convolution at the end", () => {
  const counted = sumOf(workOfE4(/./), ({ flops }) => flops);
  const last = 3 * 2 * 64 * 4 * 512 ** 2;
  assertClose(counted, planFlops(E4) - last, 1e-9);
  assertClose(sumOf(workOfE4(/^conv3x3_winograd /), ({ products }) => products), 1.469e12, 1e-3);
});

Deno.test("Adam reads four numbers of a parameter and writes three", () => {
  const parameters = E4.tensors
    .filter(({ name }) => E4.tensors.some((other) => other.name === `grad.${name}`))
    .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0);
  assert(parameters > 31e6);
  // Each dispatch binds some small tensors besides, and the first layer's weights are padded.
  assertClose(sumOf(workOfE4(/^adam update$/), ({ bytes }) => bytes), 7 * 4 * parameters, 1e-3);
});

Deno.test("a batch norm's gradient reads two maps, and writes one of them at its second pass", () => {
  const map = 4 * 4 * 64 * 512 ** 2;
  const [sums] = workOfE4(/^batchnorm_gradient sums$/);
  const [apply] = workOfE4(/^batchnorm_gradient apply$/);
  assertClose(sums.bytes, 2 * map, 0.01);
  assertClose(apply.bytes, 3 * map, 0.01);
});

Deno.test("a core takes whole workgroups, and what lasts longer counts, products or bytes", () => {
  const work = (workgroups: number, bytes = 0): Work => ({
    name: "",
    algorithm: "winograd",
    flops: 2e9 * workgroups,
    products: 1e9 * workgroups,
    bytes,
    workgroups,
    group: 384,
  });
  const seconds = (workgroups: number, bytes?: number) =>
    secondsOf(H200, work(workgroups, bytes)) - H200.launch;
  assertClose(seconds(140), seconds(264), 1e-9);
  assertClose(seconds(264), 2 * seconds(132), 1e-9);
  assertEquals(seconds(264, 1e6), seconds(264));
  assert(seconds(264, 1e12) > seconds(264));
});

Deno.test("the model is near what was measured, or below where the engine improved since", () => {
  for (const { what, measured, modelled } of fitted()) {
    assert(modelled > 0.7 * measured && modelled < 1.02 * measured, `${what}: ${modelled} ms`);
  }
  for (const { what, measured, modelled } of foretold()) {
    assertClose(modelled, measured, 0.1, what);
  }
});

Deno.test("larger batches that fit a GPU are not slower per image", () => {
  for (const gpu of GPUS) {
    for (const kind of ["training step", "forward"] as const) {
      const speeds = BATCHES.map((n) => predictSpeed(gpu, kind, n)).filter(({ fits }) => fits);
      assert(speeds.length >= 3, `${gpu.name} has memory for most`);
      const rates = speeds.map(({ imagesPerSecond }) => imagesPerSecond);
      assertEquals(rates, rates.toSorted((a, b) => a - b), `${gpu.name}, ${kind}`);
    }
  }
});

Deno.test("an H100 predicts 60 images/s and trains with 45, the tutorial's network", () => {
  const h100 = gpuNamed("H100");
  for (const n of BATCHES) {
    assert(predictSpeed(h100, "forward", n).imagesPerSecond >= 60, `prediction, batch ${n}`);
  }
  for (const n of [4, 8, 16]) {
    assert(predictSpeed(h100, "training step", n).imagesPerSecond >= 45, `training, batch ${n}`);
  }
});

/** Whether a number is that expected, up to a relative error. */
function assertClose(got: number, expected: number, tolerance: number, what = ""): void {
  const error = Math.abs(got / expected - 1);
  assert(error <= tolerance, `${what}: ${got}, expected ${expected}`);
}
