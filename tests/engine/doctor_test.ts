import { assert, assertEquals } from "@std/assert";
import { selfTest } from "../../lib/engine/doctor.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { stepsOf } from "../../lib/plan/plan.ts";
import type { Step } from "../../lib/plan/steps.ts";
import { engines, referenceEngine } from "../support/engines.ts";
import { PROGRAMS } from "../support/random_programs.ts";

for (const { label, engine } of engines) {
  Deno.test(`selfTest() finds ${label} healthy, in every kind of step`, async () => {
    const findings = await selfTest(engine);
    assertEquals(findings.filter(({ healthy }) => !healthy), []);
    const kinds = new Set(findings.map(({ kind }) => kind));
    const programs = Object.keys(PROGRAMS).map((name) => name.split(" ")[0]);
    programs.push("gradient_norm", ...(engine.augments ? ["augment"] : []));
    assertEquals(kinds, new Set(programs as Step["kind"][]));
  });
}

Deno.test("the float64 engine gives the stored results to their last digit", async () => {
  // If the cases have changed: tests/support/doctor_vectors.ts.
  for (const { kind, error } of await selfTest(referenceEngine)) assert(error < 1e-7, kind);
});

/** The float64 engine with a defect in one kind of step. */
function ill(kind: Step["kind"], spoil: (data: { [at: number]: number; length: number }) => void) {
  return {
    ...referenceEngine,
    name: "cpu",
    adapter: "ill",
    memoryLimit: Infinity,
    runSteps: async (plan, tensors, wanted) => {
      const results = await referenceEngine.runSteps(plan, tensors, wanted);
      if (stepsOf(plan).some((step) => step.kind === kind)) spoil(results[wanted[0]].data as never);
      return results;
    },
  } as Engine;
}

Deno.test("selfTest() finds that a NaN is lost, though no stored result has one", async () => {
  const engine = ill("maxpool2", (data) => {
    for (let i = 0; i < data.length; i++) if (Number.isNaN(data[i])) data[i] = 0;
  });
  const findings = await selfTest(engine, { short: true });
  const found = findings.filter(({ healthy }) => !healthy);
  assertEquals(found.map(({ kind, losesNan }) => [kind, losesNan]), [["maxpool2", true]]);
});

const DEFECTS: Record<string, Parameters<typeof ill>[1]> = {
  "zeros at the end": (data) => {
    for (let i = data.length >> 1; i < data.length; i++) data[i] = 0;
  },
  "a single value that is no number": (data) => data[1] = NaN,
  "garbage in a value that is not stored": (data) => data[1] = 1e4,
};

for (const [what, spoil] of Object.entries(DEFECTS)) {
  Deno.test(`selfTest() finds ${what} where it arises`, async () => {
    const findings = await selfTest(ill("convtranspose2", spoil), { short: true });
    const found = findings.filter(({ healthy }) => !healthy).map(({ kind }) => kind);
    assertEquals(found, ["convtranspose2"]);
    assert(findings.length >= 15, `${findings.length}`);
  });
}
