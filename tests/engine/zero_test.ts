import { assert } from "@std/assert";
import { fastEngines, referenceEngine } from "../support/engines.ts";
import * as steps from "../support/one_step.ts";
import { run, tensorOf } from "../support/step_program.ts";

const SHAPE = [1, 9, 3, 5];

for (const { label, engine } of [{ label: "float64", engine: referenceEngine }, ...fastEngines]) {
  Deno.test(`batchnorm_gradient of values that are 0 on ${label}: ReLU lets nothing through`, async () => {
    // Mean 0, deviation 1, scale 1, shift 0: the value that meets ReLU is 0.
    const norm = tensorOf([4, SHAPE[1]], (index) => [0, 1, 1, 0][Math.floor(index / SHAPE[1])]);
    const input = { tensor: tensorOf(SHAPE, () => 0), norm, relu: true };
    const program = steps.batchNormGradient(input, tensorOf(SHAPE, (index) => index + 1), false);
    const results = await run(engine, program);
    for (const name of program.wanted) {
      assert(results[name].data.every((value: number | bigint) => Number(value) === 0), name);
    }
  });
}
