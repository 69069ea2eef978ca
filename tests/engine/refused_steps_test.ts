/** What the engines refuse, because they could not compute it. @module */
import { assert, assertRejects, assertThrows } from "@std/assert";
import { PAGE_BYTES } from "../../lib/core/wasm.ts";
import { Machine } from "../../lib/engine/cpu/machine.ts";
import { fastEngines } from "../support/engines.ts";
import * as steps from "../support/one_step.ts";
import { run, tensorOf } from "../support/step_program.ts";

const plane = { tensor: tensorOf([1, 2, 4, 4]), kind: "plane" as const };
const weight = tensorOf([1, 2, 3, 3]);

for (const { label, engine } of fastEngines) {
  Deno.test(`a plane with a norm, a ReLU or an offset is refused by ${label}`, async () => {
    const norm = tensorOf([4, 2]);
    for (const more of [{ norm }, { relu: true }, { top: 1 }, { left: 1 }]) {
      const step = steps.conv3x3([{ ...plane, ...more }], weight);
      await assertRejects(() => run(engine, step), Error, "x0, a plane with a norm");
      const gradient = steps.conv3x3WeightGradient([{ ...plane, ...more }], tensorOf([1, 1, 4, 4]));
      await assertRejects(() => run(engine, gradient), Error, "x0, a plane with a norm");
    }
    assert("y" in await run(engine, steps.conv3x3([plane], weight)));
  });

  Deno.test(`steps that read maps refuse a plane on ${label}`, async () => {
    const programs = [
      steps.maxPool2(plane),
      steps.upsample2(plane),
      steps.convTranspose2(plane, tensorOf([2, 1, 2, 2]), tensorOf([1])),
      steps.conv1x1(plane, tensorOf([1, 2, 1, 1]), tensorOf([1])),
    ];
    for (const program of programs) {
      await assertRejects(() => run(engine, program), Error, "cannot read x, a plane");
    }
  });
}

Deno.test("Machine.describe() refuses a job with too few or too many arguments", async () => {
  const machine = await Machine.start(1, 4 * PAGE_BYTES);
  try {
    const job = { kernel: "winogradWeights" as const, tasks: 1, args: [0, 0, 1, 1, 4] };
    machine.describe(job, 1024);
    for (const args of [[0, 0, 1, 1], [0, 0, 1, 1, 4, 4]]) {
      assertThrows(
        () => machine.describe({ ...job, args }, 1024),
        Error,
        `kernel winogradWeights takes 5 arguments, ${args.length} are given`,
      );
    }
  } finally {
    machine.close();
  }
});
