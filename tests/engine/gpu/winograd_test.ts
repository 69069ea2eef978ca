/**
 * The row-wise Winograd convolution and its gradients, which hardware GPUs compute: which shapes
 * they take, their errors beside those of the direct ones, and that neither variants nor slabs
 * change a bit.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { RandomStream } from "../../../lib/core/random.ts";
import type { Tensor, Tensors } from "../../../lib/core/tensor.ts";
import { WINOGRAD_TILES } from "../../../lib/engine/gpu/conv3x3_winograd.ts";
import { WINOGRAD_GRADIENT_CHUNKS } from "../../../lib/engine/gpu/conv3x3_winograd_weight_gradient.ts";
import { createGpuEngine } from "../../../lib/engine/gpu/engine.ts";
import type { GpuLimits, VariantChooser } from "../../../lib/engine/gpu/limits.ts";
import {
  absolute,
  FILLS,
  largestNear,
  worstError,
  zeroSumWeights,
} from "../../support/adversarial.ts";
import { assertSameBits } from "../../support/compare.ts";
import { gpuAdapter as adapter, referenceEngine } from "../../support/engines.ts";
import * as steps from "../../support/one_step.ts";
import { Draw } from "../../support/random_programs.ts";
import { dispatchesOf, HARDWARE } from "../../support/shader_texts.ts";
import { type Program, run, tensorOf } from "../../support/step_program.ts";

const KERNELS = ["conv3x3_winograd", "conv3x3_winograd_weight_gradient"];

/** How far apart an input and an output of a tile can be. */
const REACH = 4;

/** Whether a program's only convolution, or its gradient, runs by Winograd's algorithm. */
function isChosen(program: Program, limits: Partial<GpuLimits> = {}): boolean {
  return dispatchesOf(program.plan, { ...HARDWARE, ...limits })
    .some(({ kernel }) => KERNELS.includes(kernel));
}

async function runWith(limits: Partial<GpuLimits>, program: Program): Promise<Tensors> {
  const engine = await createGpuEngine({ adapter: adapter!, limits });
  const results = await run(engine, program);
  engine.close();
  return results;
}

const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name, ignore: adapter === undefined, fn });

Deno.test("Winograd's algorithm is chosen by shape and limits", () => {
  const forward = ([n, channels, height, width]: readonly number[], out = 64) =>
    steps.conv3x3(
      [{ tensor: tensorOf([n, channels, height, width]) }],
      tensorOf([out, channels, 3, 3]),
    );
  const shape = [1, 32, 8, 16];
  for (const each of [shape, shape.with(0, 3), shape.with(1, 40), shape.with(2, 24)]) {
    assert(isChosen(forward(each)), `${each}`);
  }
  for (const each of [shape.with(1, 31), shape.with(2, 12), shape.with(3, 24)]) {
    assert(!isChosen(forward(each)), `${each}`);
  }
  assert(isChosen(forward(shape, 16)) && !isChosen(forward(shape, 8)));
  for (
    const limits of [{ tiled: false }, { groupSize: 32 }, { groupBytes: 8000 }, {
      bindingBytes: 100_000,
    }]
  ) {
    assert(!isChosen(forward(shape), limits), JSON.stringify(limits));
  }
  // Where the default's memory is missing, a variant of fewer channels takes its place.
  assert(isChosen(forward(shape), { groupBytes: 16384 }));
});

Deno.test("Winograd's weight gradient is chosen by shape and limits", () => {
  const gradient = ([n, channels, height, width]: readonly number[], out = 32, second?: number) =>
    steps.conv3x3WeightGradient(
      [channels, ...second === undefined ? [] : [second]].map((each) => ({
        tensor: tensorOf([n, each, height, width]),
      })),
      tensorOf([n, out, height, width]),
    );
  const shape = [1, 16, 8, 8];
  for (const each of [shape, shape.with(0, 3), shape.with(1, 31), shape.with(2, 24)]) {
    assert(isChosen(gradient(each)), `${each}`);
  }
  for (const each of [shape.with(1, 20), shape.with(2, 12), shape.with(3, 20)]) {
    assert(!isChosen(gradient(each)), `${each}`);
  }
  assert(isChosen(gradient(shape, 16)) && !isChosen(gradient(shape, 20)));
  assert(isChosen(gradient(shape, 32, 32)) && !isChosen(gradient(shape, 32, 8)));
  for (const limits of [{ tiled: false }, { groupSize: 64 }, { groupBytes: 12000 }]) {
    assert(!isChosen(gradient(shape), limits), JSON.stringify(limits));
  }
  assert(isChosen(gradient(shape), { groupBytes: 16384 }));
});

/**
 * Norms and ReLUs of three sources with a border, bias, moments, windows of gradients: shapes that
 * fit every variant, or two.
 */
const PROGRAMS: Record<string, (draw: Draw) => Program> = {
  "two sources and their moments": (draw) => {
    const inputs = [
      draw.input([2, 24, 16, 32], true),
      { ...draw.input([2, 9, 13, 29], true), top: 1, left: 2 },
    ];
    return steps.batchNorm(inputs, draw.values([64, 33, 3, 3]), draw.normParameters(64));
  },
  "three sources, bias and ReLU": (draw) => {
    const inputs = [
      draw.input([1, 20, 8, 16], true),
      { ...draw.input([1, 5, 8, 15]), left: 1 },
      { ...draw.input([1, 9, 7, 16], true), top: 1 },
    ];
    const bias = draw.values([16], 9);
    return steps.conv3x3(inputs, draw.values([16, 34, 3, 3]), { bias, relu: true });
  },
  "input gradient of three sources": (draw) =>
    steps.conv3x3InputGradient(draw.values([2, 35, 8, 16]), draw.values([35, 48, 3, 3]), [
      { shape: [2, 12, 8, 16] },
      { shape: [2, 20, 6, 15], top: 1, left: 0 },
      { shape: [2, 16, 7, 14], top: 0, left: 1 },
    ]),
  "weight gradient of three sources": (draw) => {
    const inputs = [
      draw.input([2, 31, 16, 24], true),
      { ...draw.input([2, 16, 13, 21], true), top: 1, left: 2 },
      { ...draw.input([2, 15, 16, 23]), left: 1 },
    ];
    return steps.conv3x3WeightGradient(inputs, draw.values([2, 64, 16, 24]));
  },
  "weight gradient": (draw) =>
    steps.conv3x3WeightGradient([draw.input([1, 16, 24, 8])], draw.values([1, 30, 24, 8])),
};

/** Those that fit every variant of their algorithm. */
const FITTING_ALL = ["two sources and their moments", "weight gradient of three sources"];

/** All variants of either algorithm. */
const VARIANTS = [WINOGRAD_TILES, WINOGRAD_GRADIENT_CHUNKS];

/**
 * Asserts that errors are at most three times those of the direct convolution, in roundings of
 * `mass`; less than `fewest` roundings are never too many.
 */
async function assertAccurate(
  program: Program,
  massOf: (name: string) => Promise<Tensor>,
  fewest = 3,
) {
  assert(isChosen(program));
  const expected = await run(referenceEngine, program);
  const direct = await runWith({ tiled: false }, program);
  const got = await runWith({ tiled: true }, program);
  for (const name of program.wanted) {
    const mass = await massOf(name);
    const allowed = Math.max(fewest, 3 * worstError(direct[name], expected[name], mass));
    const worst = worstError(got[name], expected[name], mass);
    assert(worst <= allowed, `${name} is off by ${worst} roundings, ${allowed} are allowed`);
  }
}

for (const [name, program] of Object.entries(PROGRAMS)) {
  test(`Winograd's errors are at most three times the direct ones: ${name}`, async () => {
    const given = program(new Draw(7));
    const expected = await run(referenceEngine, given);
    await assertAccurate(given, (name) => {
      const largest = absolute(expected[name]).data.reduce((a, b) => Math.max(a, b));
      return Promise.resolve(tensorOf(expected[name].shape, () => largest));
    });
  });
}

for (const direction of ["forward", "input gradient", "weight gradient"]) {
  test(`Winograd's ${direction} bounds its errors on hard inputs`, async () => {
    for (const [fill, draw] of Object.entries(FILLS)) {
      const random = new RandomStream(1, fill);
      // Of this weight gradient, every partial sums 64 pixels by either algorithm. A checkerboard's
      // sum is exact there, but its components are not.
      const isSum = direction === "weight gradient";
      const shape = isSum ? [1, 32, 16, 8] : [1, 32, 8, 16];
      const map = draw(shape, random);
      const other = isSum ? draw(shape, random) : zeroSumWeights([32, 32, 3, 3], random);
      const programOf = (map: Tensor, other: Tensor) => {
        if (isSum) return steps.conv3x3WeightGradient([{ tensor: map }], other);
        return direction === "forward"
          ? steps.conv3x3([{ tensor: map }], other)
          : steps.conv3x3InputGradient(map, other, [map]);
      };
      await assertAccurate(programOf(map, other), async (name) => {
        const masses = await run(referenceEngine, programOf(absolute(map), absolute(other)));
        return largestNear(masses[name], REACH);
      }, isSum ? 6 : 3);
    }
  });
}

for (const [name, program] of Object.entries(PROGRAMS)) {
  test(`Winograd's variants and slabs change no bit: ${name}`, async () => {
    const given = program(new Draw(8));
    const shapes = new Map<string, readonly string[]>();
    const variantOf: VariantChooser = (shape, fitting) => {
      shapes.set(shape, fitting);
      return undefined;
    };
    const expected = await runWith({ tiled: true, variantOf }, given);
    const assertSame = async (limits: Partial<GpuLimits>) => {
      const got = await runWith({ tiled: true, ...limits }, given);
      for (const key of given.wanted) assertSameBits(key, got[key], expected[key]);
    };
    await assertSame({ dispatchFlops: 1e5, workgroups: 3 });
    const most = [...shapes.values()].reduce((a, b) => b.length > a.length ? b : a);
    // One program of each algorithm fits all variants; of the others a second variant is enough.
    const all = VARIANTS.some(({ size }) => most.length === size);
    assertEquals(all, FITTING_ALL.includes(name));
    for (const variant of most.slice(1, all ? undefined : 2)) {
      await assertSame({ variantOf: () => variant });
    }
  });
}
