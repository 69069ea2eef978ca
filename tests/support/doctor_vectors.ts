/**
 * Rewrites lib/engine/doctor_vectors.json with the float64 engine. Run it when the doctor's cases
 * change:
 *
 *     deno run --no-prompt --cached-only --allow-read=. --allow-write=lib/engine tests/support/doctor_vectors.ts
 *
 * @module
 */
import { type Digest, digestOf } from "../../lib/engine/doctor.ts";
import { doctorCases } from "../../lib/engine/doctor_cases.ts";
import { runReference } from "../reference/backend.ts";

/** Nine digits distinguish all float32 numbers. */
const DIGITS = 9;

const rounded = (value: number) => Number(value.toPrecision(DIGITS));
const lines: string[] = [];
for (const { name, plan, given } of doctorCases()) {
  const results = runReference(plan, given, plan.outputs);
  const digests = plan.outputs.map((output): [string, Digest] => {
    const { norm, largest, samples } = digestOf(results[output], plan.outputs.length);
    return [output, {
      norm: rounded(norm),
      largest: rounded(largest),
      samples: samples.map(rounded),
    }];
  });
  lines.push(`${JSON.stringify(name)}: ${JSON.stringify(Object.fromEntries(digests))}`);
}
Deno.writeTextFileSync("lib/engine/doctor_vectors.json", `{\n${lines.join(",\n")}\n}\n`);
