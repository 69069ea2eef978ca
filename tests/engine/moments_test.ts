/** Moments in pieces, of which the last group is short. @module */
import { assertClose } from "../support/compare.ts";
import { fastEngines, referenceEngine } from "../support/engines.ts";
import * as steps from "../support/one_step.ts";
import { run, tensorOf } from "../support/step_program.ts";

/**
 * Sides in px. On a GPU a piece is 8 px of a row. Few pieces are merged by one workgroup, some
 * lanes of which take several; thousands are merged in groups first.
 */
const SIZES = [
  { height: 7, width: 8 },
  { height: 8, width: 8 },
  { height: 7, width: 16 },
  { height: 157, width: 80 },
  { height: 131, width: 264 },
];

for (const { label, engine } of fastEngines) {
  for (const { height, width } of SIZES) {
    Deno.test(`batchnorm on ${label} merges the pieces of ${width}x${height} px and no more`, async () => {
      // The mean is far from 0: a piece of zeros too many would move it.
      const input = { tensor: tensorOf([1, 1, height, width], (i) => 8 + (i % 5)) };
      const parameters = {
        gamma: tensorOf([1], () => 1),
        beta: tensorOf([1]),
        runningMean: tensorOf([1]),
        runningVar: tensorOf([1], () => 1),
      };
      // Only the middle of the kernel is not zero: the convolution copies its input.
      const weight = tensorOf([1, 1, 3, 3], (i) => i === 4 ? 1 : 0);
      const program = steps.batchNorm([input], weight, parameters);
      const expected = await run(referenceEngine, program);
      const got = await run(engine, program);
      for (const name of program.wanted) assertClose(name, got[name], expected[name], 1e-5);
    });
  }
}
