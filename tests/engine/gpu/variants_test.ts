/**
 * The variants of the convolutions, with workgroup memory and without: whichever runs, the bits are
 * equal.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Tensors } from "../../../lib/core/tensor.ts";
import { createGpuEngine } from "../../../lib/engine/gpu/engine.ts";
import type { GpuLimits, VariantChooser } from "../../../lib/engine/gpu/limits.ts";
import { GRADIENT_TILES, GROUPS, TILES } from "../../../lib/engine/gpu/variants.ts";
import { assertSameBits } from "../../support/compare.ts";
import { gpuAdapter as adapter } from "../../support/engines.ts";
import * as steps from "../../support/one_step.ts";
import { Draw } from "../../support/random_programs.ts";
import { type Program, run } from "../../support/step_program.ts";

/** Programs whose shapes fit the tiles: heights of 8, widths of 16, outputs of 64 channels. */
const PROGRAMS: Record<string, (draw: Draw) => Program> = {
  "bias and ReLU": (draw) => {
    const inputs = [draw.input([2, 6, 16, 32])];
    const bias = draw.values([64]);
    return steps.conv3x3(inputs, draw.values([64, 6, 3, 3]), { bias, relu: true });
  },
  "two sources": (draw) => {
    const inputs = [
      draw.input([1, 8, 24, 16], true),
      { ...draw.input([1, 5, 22, 13], true), top: 1, left: 2 },
    ];
    return steps.conv3x3(inputs, draw.values([128, 13, 3, 3]));
  },
  "three sources and their moments": (draw) => {
    const inputs = [
      draw.input([1, 8, 24, 16], true),
      { ...draw.input([1, 5, 22, 13], true), top: 1, left: 2 },
      { ...draw.input([1, 9, 23, 16], true), top: 1, left: 0 },
    ];
    return steps.batchNorm(inputs, draw.values([128, 22, 3, 3]), draw.normParameters(128));
  },
  "moments of single rows": (draw) => {
    const parameters = draw.normParameters(64);
    return steps.batchNorm([draw.input([3, 4, 8, 16])], draw.values([64, 4, 3, 3]), parameters);
  },
  "moments of several rows": (draw) => {
    const parameters = draw.normParameters(64);
    return steps.batchNorm([draw.input([1, 3, 64, 64])], draw.values([64, 3, 3, 3]), parameters);
  },
  "weight gradient": (draw) =>
    steps.conv3x3WeightGradient([draw.input([2, 9, 12, 17], true)], draw.values([2, 7, 12, 17])),
  "weight gradient of two sources": (draw) => {
    const inputs = [
      draw.input([2, 32, 6, 32], true),
      { ...draw.input([2, 16, 4, 27], true), top: 1, left: 3 },
    ];
    return steps.conv3x3WeightGradient(inputs, draw.values([2, 64, 6, 32]));
  },
  "weight gradient without a norm": (draw) =>
    steps.conv3x3WeightGradient([draw.input([1, 64, 4, 16], false)], draw.values([1, 128, 4, 16])),
  "input gradient": (draw) =>
    steps.conv3x3InputGradient(draw.values([2, 7, 16, 16]), draw.values([7, 128, 3, 3]), [
      { shape: [2, 64, 16, 16] },
      { shape: [2, 64, 14, 15], top: 1, left: 0 },
    ]),
  "input gradient of three sources": (draw) =>
    steps.conv3x3InputGradient(draw.values([2, 7, 16, 16]), draw.values([7, 192, 3, 3]), [
      { shape: [2, 64, 16, 16] },
      { shape: [2, 64, 14, 15], top: 1, left: 0 },
      { shape: [2, 64, 15, 16], top: 0, left: 0 },
    ]),
};

const seen = new Set<string>();

for (const [name, program] of Object.entries(PROGRAMS)) {
  Deno.test({
    name: `every variant gives the same bits: ${name}`,
    ignore: adapter === undefined,
    fn: async (test) => {
      const given = program(new Draw(7));
      const variants = new Set<string>();
      const expected = await runWith((_, fitting) => {
        fitting.forEach((variant) => variants.add(variant));
        return undefined;
      }, given);
      assert(variants.size > 1);
      for (const variant of variants) {
        seen.add(variant);
        await test.step(variant, async () => {
          const got = await runWith(() => variant, given);
          for (const key of given.wanted) assertSameBits(key, got[key], expected[key]);
        });
      }
    },
  });
}

Deno.test({
  name: "the programs above cover every variant",
  ignore: adapter === undefined,
  fn: () =>
    assertEquals(seen, new Set([...GROUPS.keys(), ...TILES.keys(), ...GRADIENT_TILES.keys()])),
});

Deno.test({
  name: "a weight gradient through workgroup memory may be cut into slabs",
  ignore: adapter === undefined,
  fn: async () => {
    const program = PROGRAMS["weight gradient of two sources"](new Draw(7));
    const expected = await runIn({ tiled: false }, program);
    const got = await runIn({ tiled: true, dispatchFlops: 4e6 }, program);
    for (const key of program.wanted) assertSameBits(key, got[key], expected[key]);
  },
});

function runWith(variantOf: VariantChooser, program: Program): Promise<Tensors> {
  return runIn({ variantOf }, program);
}

async function runIn(limits: Partial<GpuLimits>, program: Program): Promise<Tensors> {
  const engine = await createGpuEngine({ adapter: adapter!, limits });
  const results = await run(engine, program);
  engine.close();
  return results;
}
