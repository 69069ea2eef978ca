/**
 * Writes the golden plans again, as the planners now make them (for development, not for tests):
 *
 *     deno run --allow-read=. --allow-write=tests/golden/plans tests/golden/plans/write.ts
 *
 * They change only when a network is meant to be computed in another way.
 *
 * @module
 */
import { HASHES, hashOfPlan, planCases } from "../../support/plan_cases.ts";
import { planText } from "../../support/plan_text.ts";

if (!import.meta.main) throw new Error("this is a program, not a module");

const hashes: Record<string, string> = {};
for (const { name, file, plan } of planCases()) {
  if (file === undefined) hashes[name] = await hashOfPlan(plan());
  else Deno.writeTextFileSync(file, planText(plan()));
}
Deno.writeTextFileSync(HASHES, `${JSON.stringify(hashes, null, 2)}\n`);
console.log(`${Object.keys(hashes).length} hashes in ${HASHES}, and the plans beside it`);
