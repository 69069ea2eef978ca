import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import type { Plan } from "../../lib/mod.ts";
import type { Segment } from "../../lib/plan/plan.ts";
import { HASHES, hashOfPlan, planCases } from "../support/plan_cases.ts";
import { planText } from "../support/plan_text.ts";

const CASES = planCases();

/** The first difference by line: the texts are long. */
function assertSameText(actual: string, expected: string, what: string): void {
  const [left, right] = [actual.split("\n"), expected.split("\n")];
  for (let line = 0; line < Math.max(left.length, right.length); line++) {
    assertEquals(left[line], right[line], `${what}, line ${line + 1}`);
  }
}

Deno.test("the plans of small networks are the golden ones, line by line", () => {
  const readable = CASES.filter(({ file }) => file !== undefined);
  assertEquals(readable.length, 2);
  for (const { name, file, plan } of readable) {
    assertSameText(planText(plan()), Deno.readTextFileSync(file!), `${name} (${file})`);
  }
});

Deno.test("the plans of all networks have the golden hashes", async () => {
  const golden: Record<string, string> = JSON.parse(Deno.readTextFileSync(HASHES));
  const hashed = CASES.filter(({ file }) => file === undefined);
  assert(hashed.length > 200);
  assertEquals(hashed.map(({ name }) => name), Object.keys(golden));
  const found: Record<string, string> = {};
  for (const { name, plan } of hashed) found[name] = await hashOfPlan(plan());
  assertEquals(found, golden);
});

Deno.test("a plan's text shows every change of a plan", () => {
  const plan = CASES.find(({ name }) => name.startsWith("training"))!.plan();
  const text = planText(plan);
  const changed = (change: (plan: Mutable) => void) => {
    const copy = structuredClone(plan) as unknown as Mutable;
    change(copy);
    return planText(copy as unknown as Plan);
  };
  assertEquals(changed(() => {}), text);
  for (
    const change of [
      (plan: Mutable) => plan.segments.backward.pop(),
      (plan: Mutable) => plan.segments.forward.reverse(),
      (plan: Mutable) => plan.segments.setup.push(plan.segments.forward.pop()!),
      (plan: Mutable) => plan.segments.forward[0].mean = 0.5,
      (plan: Mutable) => plan.segments.forward[3].extra = true,
      (plan: Mutable) => plan.tensors[0].shape = [1, 1, 3, 4],
      (plan: Mutable) => plan.tensors[1].kind = "scalars",
      (plan: Mutable) => (plan.segments.update[0].entries as unknown[]).reverse(),
      (plan: Mutable) => plan.persistent.reverse(),
      (plan: Mutable) => plan.inputs.pop(),
      (plan: Mutable) => plan.outputs.pop(),
      (plan: Mutable) => Object.assign(plan, { more: [] }),
    ]
  ) {
    assertNotEquals(changed(change as (plan: Mutable) => void), text, String(change));
  }
  assertThrows(() => changed((plan) => plan.segments.forward[0].mean = NaN), TypeError);
});

/** A plan that can be changed. */
interface Mutable {
  readonly tensors: Record<string, unknown>[];
  readonly segments: Record<Segment, Record<string, unknown>[]>;
  readonly persistent: string[];
  readonly inputs: string[];
  readonly outputs: string[];
}
