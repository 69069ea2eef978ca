/**
 * Races on the GPU: where invocations and workgroups change places, no bit of any result changes.
 * As a control, a barrier taken away is noticed.
 *
 * An adapter in software runs a workgroup in pieces of a few invocations, one after the other, from
 * barrier to barrier: what one invocation reads before another has written it depends on the order.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Tensors } from "../../lib/core/tensor.ts";
import { type DoctorCase, doctorCases } from "../../lib/engine/doctor_cases.ts";
import { isSoftware } from "../../lib/engine/gpu/adapter.ts";
import { createGpuEngine } from "../../lib/engine/gpu/engine.ts";
import { KERNELS } from "../../lib/engine/gpu/kernels.ts";
import type { GpuLimits } from "../../lib/engine/gpu/limits.ts";
import { assertSameBits } from "../support/compare.ts";
import { gpuAdapter as adapter } from "../support/engines.ts";
import {
  countBarriers,
  PERMUTATIONS,
  permuted,
  rewritingAdapter,
  withoutBarrier,
} from "../support/permuted_shaders.ts";
import { HARDWARE, variantsOf } from "../support/shader_texts.ts";
import { type Program, run } from "../support/step_program.ts";
import { TILE_PROGRAMS } from "../support/tile_programs.ts";

/** Changes the text of a kernel. */
type Rewrite = (code: string, kernel: string) => string;

const unchanged: Rewrite = (code) => code;

/** Every order of invocations, the usual one first. */
const ORDERS: readonly Rewrite[] = [
  unchanged,
  ...Object.values(PERMUTATIONS).map((order): Rewrite => (code) => permuted(code, order)),
];

const test = (name: string, fn: () => Promise<void>, ignore = adapter === undefined) =>
  Deno.test({ name, ignore, fn });

/** Hardware promises nothing about when a lacking barrier shows. */
const isUncertain = adapter === undefined || !isSoftware(adapter);

test("no order of invocations changes a bit of a kernel of the self-test", async () => {
  const cases = [...doctorCases()];
  const kernels = new Set<string>();
  const expected = await runAll(cases.map(programOf), (code, kernel) => {
    kernels.add(kernel);
    return code;
  });
  for (const [order, permutation] of Object.entries(PERMUTATIONS)) {
    const got = await runAll(cases.map(programOf), (code) => permuted(code, permutation));
    cases.forEach(({ name, plan }, index) => {
      for (const key of plan.outputs) {
        assertSameBits(`${name}, ${order}: ${key}`, got[index][key], expected[index][key]);
      }
    });
  }
  const missing = Object.keys(KERNELS).filter((name) => !kernels.has(name));
  // The first belongs to a kernel of TILE_PROGRAMS, the second has one invocation.
  assertEquals(missing.filter((name) => !(name in TILE_PROGRAMS)), [
    "conv3x3_winograd_weights",
    "loss_scaling",
  ]);
});

for (const [kernel, program] of Object.entries(TILE_PROGRAMS)) {
  test(`no order of invocations changes a bit of ${kernel}, in any variant`, async () => {
    const given = program();
    let isUsed = false;
    const [expected] = await runAll([given], (code, name) => {
      isUsed ||= name === kernel;
      return code;
    });
    assert(isUsed);
    const variants = variantsOf(given.plan, HARDWARE).filter((name) => !name.startsWith("plain"));
    const orders = Object.entries(PERMUTATIONS);
    for (const [index, variant] of [undefined, ...variants].entries()) {
      // The default in every order, the variants in one order each.
      const some = variant === undefined ? orders : [orders[index % orders.length]];
      for (const [order, permutation] of some) {
        const rewrite: Rewrite = (code) => permuted(code, permutation);
        const [got] = await runAll([given], rewrite, { variantOf: () => variant });
        for (const key of given.wanted) {
          assertSameBits(`${variant}, ${order}: ${key}`, got[key], expected[key]);
        }
      }
    }
  });

  test(`${kernel} needs each of its barriers, and their lack is noticed`, async () => {
    const given = program();
    let barriers = 0;
    const [expected] = await runAll([given], (code, name) => {
      if (name === kernel) barriers = countBarriers(code);
      return code;
    });
    assert(barriers > 0);
    for (let which = 0; which < barriers; which++) {
      assert(await isNoticed(given, expected, kernel, which), `barrier ${which}`);
    }
  }, isUncertain);
}

/** Whether a kernel without one of its barriers gives other bits, in any order of invocations. */
async function isNoticed(program: Program, expected: Tensors, kernel: string, which: number) {
  for (const order of ORDERS) {
    const [got] = await runAll([program], (code, name) => {
      return order(name === kernel ? withoutBarrier(code, which) : code, name);
    });
    if (program.wanted.some((key) => differ(got, expected, key))) return true;
  }
  return false;
}

function differ(got: Tensors, expected: Tensors, key: string): boolean {
  try {
    assertSameBits(key, got[key], expected[key]);
    return false;
  } catch {
    return true;
  }
}

function programOf({ plan, given }: DoctorCase): Program {
  return { plan, tensors: given, wanted: plan.outputs };
}

/** The results of programs with rewritten kernels. */
async function runAll(
  programs: readonly Program[],
  rewrite: Rewrite,
  limits: Partial<GpuLimits> = {},
): Promise<Tensors[]> {
  const engine = await createGpuEngine({
    adapter: rewritingAdapter(adapter!, rewrite),
    limits: { tiled: true, ...limits },
  });
  const results: Tensors[] = [];
  for (const program of programs) results.push(await run(engine, program));
  engine.close();
  return results;
}
