/**
 * The kernel laboratory: every variant compiles as the product does and is right. How fast they are
 * is for `deno task lab`.
 *
 * @module
 */
import { assertThrows } from "@std/assert";
import { compileLab } from "../bench/lab/compile.ts";
import { checkedCall } from "../bench/lab/experiment.ts";
import { EXPERIMENTS } from "../bench/lab/experiments.ts";

for (const [name, experiment] of Object.entries(EXPERIMENTS)) {
  Deno.test(`every variant of the experiment ${name} is right`, async (test) => {
    const lab = await compileLab(experiment.file, experiment.bytes);
    const shapes = [...experiment.shapes.values()].slice(0, 3);
    for (const variant of experiment.variants) {
      await test.step(variant, () => {
        for (const shape of shapes) checkedCall(experiment, variant, shape, lab);
      });
    }
    await test.step("one that does nothing is not", () => {
      const [variant] = experiment.variants;
      const idle = { ...lab, kernels: { [variant]: () => {} } };
      assertThrows(() => checkedCall(experiment, variant, shapes[0], idle), Error, "is wrong");
    });
  });
}
