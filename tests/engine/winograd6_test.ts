/**
 * Winograd's F(6x6, 3x3), with which the CPU engine computes wide layers in prediction: on inputs
 * made to break it, against float64. The yardstick of an error is that of winograd_test.ts.
 *
 * @module
 */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { RandomStream } from "../../lib/core/random.ts";
import type { Tensor } from "../../lib/core/tensor.ts";
import { createCpuEngine } from "../../lib/engine/cpu/engine.ts";
import { sideInPrediction } from "../../lib/engine/cpu/tiles.ts";
import {
  absolute,
  FILLS,
  largestNear,
  worstError,
  zeroSumWeights,
} from "../support/adversarial.ts";
import { referenceEngine } from "../support/engines.ts";
import { isWinograd, kernelsOf } from "../support/kernels_of.ts";
import * as steps from "../support/one_step.ts";
import { type Input, type Program, run, tensorOf } from "../support/step_program.ts";

const engine = await createCpuEngine({ threads: 2 });

/**
 * The largest error allowed, in roundings of the largest mass within reach of a tile: 20 times the
 * worst of the direct algorithm, 8.1 (winograd_test.ts). The worst of all cases below is 142.2;
 * F(4x4, 3x3) has 22.3.
 */
const BOUND = 162;

/** How far apart two pixels of a tile's 8x8 inputs and 6x6 outputs can be. */
const REACH = 6;

/** Channels of the sources, and maps whose tiles stick out. The second source is smaller. */
const SHAPES = [
  { n: 2, sources: [64], out: 66, height: 61, width: 53, kernel: "conv3x3Winograd" },
  { n: 1, sources: [60, 13], out: 64, height: 47, width: 41, kernel: "conv3x3Winograd" },
  { n: 2, sources: [72, 69], out: 132, height: 35, width: 40, kernel: "winogradProducts" },
] as const;

type Shape = typeof SHAPES[number];

/** A convolution whose weights are folded in the setup, as in prediction. */
function folded(inputs: readonly Input[], weight: Tensor): Program {
  const [out] = weight.shape;
  const row = (value: number) => tensorOf([out], () => value);
  const folding = steps.fold(weight, inputs.map(({ tensor }) => tensor.shape[1]), {
    gamma: row(1),
    beta: row(0),
    runningMean: row(0),
    // With epsilon it is one, so that folding changes nothing but the last bit.
    runningVar: row(1 - 1e-5),
  });
  const convolution = steps.conv3x3(inputs, weight, { bias: row(0) });
  const known = new Set(folding.plan.tensors.map(({ name }) => name));
  const tensors = [
    ...folding.plan.tensors,
    ...convolution.plan.tensors.filter(({ name }) => !known.has(name)),
  ];
  const { w: _w, b: _b, ...maps } = convolution.tensors;
  const given = { ...folding.tensors, ...maps };
  const segments = { ...convolution.plan.segments, setup: folding.plan.segments.forward };
  return {
    plan: { ...convolution.plan, tensors, segments, inputs: Object.keys(given) },
    tensors: given,
    wanted: ["y"],
  };
}

function draw({ n, sources, out, height, width }: Shape, fill: string) {
  const random = new RandomStream(out, fill);
  const inputs = sources.map((channels, index): Input =>
    index === 0
      ? { tensor: FILLS[fill]([n, channels, height, width], random) }
      : { tensor: FILLS[fill]([n, channels, height - 3, width - 2], random), top: 2, left: 1 }
  );
  const channels = sources.reduce((sum: number, each) => sum + each, 0);
  return { inputs, weight: zeroSumWeights([out, channels, 3, 3], random) };
}

for (const shape of SHAPES) {
  const { n, sources, out, height, width, kernel } = shape;
  const title = `${n} x ${sources.join(" + ")} to ${out}, ${height}x${width}`;
  Deno.test(`F(6x6, 3x3) of ${title} bounds its errors`, async (test) => {
    const blocks = sources.reduce((sum: number, each) => sum + Math.ceil(each / 8), 0);
    assertEquals(sideInPrediction(height, width, blocks, Math.ceil(out / 8)), 6);
    for (const fill of Object.keys(FILLS)) {
      await test.step(fill, async () => {
        const { inputs, weight } = draw(shape, fill);
        const program = folded(inputs, weight);
        const kernels = kernelsOf(program.plan).filter(isWinograd);
        assert(kernels.includes(kernel), `computed by ${kernels}`);
        const { y } = await run(engine, program);
        const expected = (await run(referenceEngine, program)).y;
        const whole = inputs.map((input) => ({ ...input, tensor: absolute(input.tensor) }));
        const mass = (await run(referenceEngine, folded(whole, absolute(weight)))).y;
        const worst = worstError(y, expected, largestNear(mass, REACH));
        assert(worst <= BOUND, `off by ${worst} roundings of its mass`);
        // A training step of the same layer keeps the smaller tiles.
        const trained = (await run(engine, steps.conv3x3(inputs, weight))).y;
        assertNotEquals(trained.data, y.data);
      });
    }
  });
}

Deno.test("an image's result does not depend on the rest of its batch", async () => {
  const [shape] = SHAPES;
  const { inputs: [{ tensor }], weight } = draw(shape, "values around zero");
  const both = (await run(engine, folded([{ tensor }], weight))).y;
  const size = tensor.data.length / shape.n;
  const second = {
    shape: tensor.shape.with(0, 1),
    data: (tensor.data as Float32Array).subarray(size),
  };
  const alone = (await run(engine, folded([{ tensor: second }], weight))).y;
  assertEquals(alone.data, both.data.slice(alone.data.length));
});

Deno.test("narrow layers and small maps keep tiles of 4x4 pixels in prediction", () => {
  assertEquals(sideInPrediction(512, 512, 8, 8), 6);
  assertEquals(sideInPrediction(512, 512, 8, 7), 4);
  assertEquals(sideInPrediction(512, 512, 7, 8), 4);
  // 6 x 6 tiles of 64 products in place of 8 x 8 of 36.
  assertEquals(sideInPrediction(32, 32, 64, 128), 4);
});
