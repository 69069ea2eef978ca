/**
 * A second adapter: the library, bundled for a browser, computes on Chromium's SwiftShader what it
 * computes on the CPU. The self-test, a training step, and every kernel with workgroup memory.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Tensors } from "../../lib/core/tensor.ts";
import { createCpuEngine } from "../../lib/engine/cpu/engine.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { initialWeights } from "../../lib/network/weights.ts";
import { planTraining } from "../../lib/plan/planners.ts";
import type { Page } from "../support/chromium.ts";
import { assertClose, scaleOf } from "../support/compare.ts";
import { HALVES_SPACING, inHalves, isMap, withRoundedMaps } from "../support/property.ts";
import { type Program, tensorOf } from "../support/step_program.ts";
import { chromium, withSwiftShader } from "../support/swiftshader.ts";
import { inTemporaryFolder } from "../support/temporary.ts";
import { TILE_PROGRAMS } from "../support/tile_programs.ts";

const ENTRY = "tests/support/swiftshader_entry.ts";

/** Rounding in sums of some thousand float32 products, relative to the largest value. */
const TOLERANCE = 1e-4;

/** Gradients, logits and loss of a network that is wide enough for most kernels with tiles. */
function trainingStep(): Program {
  const shape = { n: 2, height: 32, width: 32, mean: 0, std: 1, input: "plane" as const };
  const graph = graphOf({ inChannels: 1, classes: 1, base: 16, bilinear: false });
  const plan = planTraining(graph, shape);
  const zeros = plan.tensors.filter(({ name }) => plan.persistent.includes(name));
  const image = [shape.n, 1, shape.height, shape.width];
  const tensors: Tensors = {
    ...Object.fromEntries(zeros.map(({ name, shape }) => [name, tensorOf(shape)])),
    ...initialWeights(graph, 1),
    input: tensorOf(image, (i) => (Math.imul(i, 2654435761) >>> 24) / 64 - 2),
    mask: tensorOf(image, (i) => i % shape.width > 16 ? 1 : 0),
    rate: tensorOf([2], (i) => i === 0 ? 1e-3 : 1),
  };
  const gradients = plan.tensors.map(({ name }) => name).filter((name) => /^grad\./.test(name));
  const wanted = ["logits", "loss", ...gradients];
  return { plan: { ...plan, outputs: wanted }, tensors, wanted };
}

/** Tensors as plain data. */
type Plain = { name: string; shape: readonly number[]; values: number[] }[];

/** A program as plain data. */
type PlainProgram = Pick<Program, "plan" | "wanted"> & { tensors: Plain };

/** The page's `sonoseg`, see swiftshader_entry.ts. */
declare const sonoseg: typeof import("../support/browser_entry.ts");

Deno.test({
  name: "SwiftShader in a browser computes what the CPU does",
  ignore: chromium === undefined,
  fn: async (test) => {
    const bundle = await bundled();
    await test.step({
      name: "the bundle",
      ignore: bundle === undefined,
      fn: async (test) => await withSwiftShader((page) => compareIn(test, page), bundle),
    });
  },
});

/**
 * The bundled library; undefined where Deno cannot fetch its bundler, which it does at the first
 * use.
 */
function bundled(): Promise<string | undefined> {
  return inTemporaryFolder(async (folder) => {
    const output = `${folder}/bundle.js`;
    const options = ["--platform", "browser", "--no-lock", "--no-remote", "--output", output];
    const command = new Deno.Command(Deno.execPath(), { args: ["bundle", ...options, ENTRY] });
    const { success, stderr } = await command.output();
    if (success) return Deno.readTextFileSync(output);
    const words = new TextDecoder().decode(stderr);
    if (!words.includes("esbuild") || !words.includes("Failed loading")) throw new Error(words);
    console.warn("warning: Deno cannot fetch its bundler: nothing runs on SwiftShader");
    return undefined;
  });
}

async function compareIn(test: Deno.TestContext, page: Page): Promise<void> {
  const cpu = await createCpuEngine({ threads: 2 });
  for (const tiled of [false, true]) {
    const kind = tiled ? "with workgroup memory" : "as adapters in software prefer it";
    await test.step(`the self-test, ${kind}`, async () => {
      const findings = await callIn(page, tiled, (engine) => sonoseg.selfTest(engine), null);
      assert(findings.length > 20);
      assertEquals(findings.filter(({ healthy }) => !healthy), []);
    });
  }
  const programs = { ...TILE_PROGRAMS, "a training step": trainingStep };
  for (const [name, make] of Object.entries(programs)) {
    await test.step(name, async () => {
      const program = make();
      await compareProgram(page, cpu, program, program, () => TOLERANCE);
    });
  }
  // SwiftShader has no shader-f16, which maps of 16 bits do without.
  for (const [name, make] of Object.entries(TILE_PROGRAMS)) {
    await test.step(`${name}, maps of 16 bits`, async () => {
      const floats = withRoundedMaps(make());
      const toleranceOf = (name: string) => TOLERANCE + (isMap(floats, name) ? HALVES_SPACING : 0);
      await compareProgram(page, cpu, floats, inHalves(floats), toleranceOf);
    });
  }
  cpu.close();
}

/** Compares what the CPU makes of a program with what the page makes of the same or another one. */
async function compareProgram(
  page: Page,
  cpu: Engine,
  { plan, tensors, wanted }: Program,
  other: Program,
  toleranceOf: (name: string) => number,
): Promise<void> {
  const expected = await cpu.runSteps(plan, tensors, wanted);
  const program = { plan: other.plan, tensors: plainOf(other.tensors), wanted };
  const got = await callIn(page, true, resultsOf, program);
  wanted.forEach((name, index) => {
    const { shape } = expected[name];
    const tensor = { shape, data: Float32Array.from(got[index]) };
    assertClose(name, tensor, expected[name], toleranceOf(name) * scaleOf(expected[name]));
  });
}

/**
 * Calls a function with the page's GPU engine. Its text runs there, so it uses its arguments and
 * `sonoseg` alone.
 */
async function callIn<Argument, Result>(
  page: Page,
  tiled: boolean,
  call: (engine: Engine, argument: Argument) => Promise<Result>,
  argument: Argument,
): Promise<Result> {
  const result = await page.evaluate(`(async () => {
    const engine = await sonoseg.createGpuEngine({ limits: { tiled: ${tiled} } });
    try {
      return await (${call})(engine, ${JSON.stringify(argument)});
    } finally {
      engine.close();
    }
  })()`);
  return result as Result;
}

/** The results of a program of floats. */
async function resultsOf(engine: Engine, { plan, tensors, wanted }: PlainProgram) {
  const given = Object.fromEntries(tensors.map(({ name, shape, values }) => {
    return [name, { shape, data: Float32Array.from(values) }];
  }));
  const results = await engine.runSteps(plan, given, wanted);
  return wanted.map((name) => Array.from(results[name].data, Number));
}

function plainOf(tensors: Tensors): Plain {
  return Object.entries(tensors).map(([name, { shape, data }]) => {
    return { name, shape, values: Array.from(data, Number) };
  });
}
