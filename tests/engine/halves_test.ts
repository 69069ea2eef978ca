/** Maps in 16-bit floats: every step kind that has maps, at random shapes, and what they hold. */
import { assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { createGpuEngine } from "../../lib/engine/gpu/engine.ts";
import { assertSameBits } from "../support/compare.ts";
import { gpuAdapter, quickEngines, softwareEngines } from "../support/engines.ts";
import { sum } from "../support/one_step.ts";
import { DRAWS, inHalves, testHalves, withRoundedMaps } from "../support/property.ts";
import { run, tensorOf } from "../support/step_program.ts";
import { TILE_PROGRAMS } from "../support/tile_programs.ts";

testHalves(
  softwareEngines,
  [DRAWS[4], DRAWS[13], DRAWS[40]],
);

for (const [name, programOf] of Object.entries(TILE_PROGRAMS)) {
  Deno.test({
    name: `maps of 16 bits change nothing but the rounding of maps: ${name}`,
    ignore: gpuAdapter === undefined,
    fn: async () => {
      const floats = withRoundedMaps(programOf());
      const engine = await createGpuEngine({ adapter: gpuAdapter!, limits: { tiled: true } });
      const [expected, got] = [await run(engine, floats), await run(engine, inHalves(floats))];
      engine.close();
      for (const key of floats.wanted) {
        const { shape, data } = expected[key];
        const isMap = floats.plan.tensors.some(({ name, kind }) => name === key && kind === "map");
        const rounded = Float32Array.from(
          data as Float32Array,
          (v) => isMap ? Math.f16round(v) : v,
        );
        assertSameBits(key, got[key], { shape, data: rounded });
      }
    },
  });
}

for (const { label, engine } of softwareEngines) {
  Deno.test(`a map of 16 bits on ${label} rounds to even and has NaN beyond its range`, async () => {
    const spacing = 2 ** -10;
    const inside = [
      1 + spacing / 2,
      1 + 1.5 * spacing,
      -1 - spacing,
      65504,
      65519,
      -65519,
      2 ** -24,
    ];
    const beyond = [65520, -65520, 1e9, Infinity, -Infinity, NaN];
    // Channels of a pixel share words: beyond the range, a neighbour is lost, too.
    const pixels = [...inside.flatMap((value) => [value, 0]), ...beyond.flatMap((v) => [v, v])];
    const x = tensorOf([pixels.length / 2, 2, 1, 1], (index) => pixels[index]);
    const program = inHalves(sum(x.shape, [{ tensor: x }]));
    // The source itself is in 32 bits.
    const tensors = program.plan.tensors.map((spec) => {
      return spec.name === "x0" ? { ...spec, dtype: "f32" as const } : spec;
    });
    const { y } = await run(engine, { ...program, plan: { ...program.plan, tensors } });
    const expected = [
      ...inside.flatMap((value) => [Math.f16round(value), 0]),
      ...beyond.flatMap(() => [NaN, NaN]),
    ];
    assertEquals(Array.from(y.data as Float32Array), expected);
  });
}

for (const { label, engine } of quickEngines.filter(({ label }) => label === "CPU")) {
  Deno.test(`maps of 16 bits are refused by ${label}`, async () => {
    const program = inHalves(sum([1, 2, 3, 4], [{ tensor: tensorOf([1, 2, 3, 4]) }]));
    await assertRejects(() => run(engine, program), InputError, "stores no 16-bit floats");
  });
}
