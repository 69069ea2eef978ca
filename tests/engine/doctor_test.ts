import { assert, assertEquals } from "@std/assert";
import { examine } from "../../lib/engine/doctor.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import type { Step } from "../../lib/engine/steps.ts";
import { fastEngines, referenceEngine } from "../support/engines.ts";
import { PROGRAMS } from "../support/random_programs.ts";

for (const { label, engine } of fastEngines) {
  Deno.test(`examine() finds ${label} healthy, in every kind of step`, async () => {
    const findings = await examine(engine, referenceEngine);
    const ill = findings.filter(({ healthy }) => !healthy);
    assertEquals(ill, []);
    const kinds = new Set(findings.map(({ kind }) => kind));
    const programs = Object.keys(PROGRAMS).map((name) => name.split(" ")[0]);
    assertEquals(kinds, new Set(programs as Step["kind"][]));
  });
}

/** The float64 engine with a defect in one kind of step. */
function ill(kind: Step["kind"], value: number): Engine {
  return {
    ...referenceEngine,
    name: "cpu",
    adapter: "ill",
    memoryLimit: Infinity,
    runSteps: async (plan, tensors, wanted) => {
      const results = await referenceEngine.runSteps(plan, tensors, wanted);
      if (plan.steps.some((step) => step.kind === kind)) {
        results[wanted[0]].data[0] = value as never;
      }
      return results;
    },
  } as Engine;
}

for (const [what, value] of [["zeros", 0], ["not-a-numbers", NaN]] as const) {
  Deno.test(`examine() finds ${what} where they arise`, async () => {
    const findings = await examine(ill("convtranspose2", value), referenceEngine, { short: true });
    const found = findings.filter(({ healthy }) => !healthy).map(({ kind }) => kind);
    assertEquals(found, ["convtranspose2"]);
    assert(findings.length >= 15, `${findings.length}`);
  });
}
