/**
 * The loss of single pixels: how exact the logarithm is, and what becomes of logits so far from
 * zero that their probability is 0 or 1 in float32.
 *
 * @module
 */
import { assert } from "@std/assert";
import { engines, fastEngines, referenceEngine } from "../support/engines.ts";
import { parseLoss } from "../../lib/train/loss_text.ts";
import * as steps from "../support/one_step.ts";
import { run, tensorOf } from "../support/step_program.ts";

/** Relative to the loss, or absolute below 1: a few roundings. */
const TOLERANCE = 2e-6;

/** Logits of which the probability is 0 or 1 in float32, and others. */
const CERTAIN = [-200, -20, -1, 0, 1, 20, 200];

/** The logit of a probability. */
const logit = (p: number) => Math.log(p / (1 - p));

const LOGITS = [
  ...Array.from({ length: 17 }, (_, k) => (k - 8) / 4),
  // Where the logarithm's series converges slowest: at the root of 1/2, times a power of two.
  ...[0.7072, 0.7070, 0.3536, 0.3535, 0.1768].flatMap((p) => [logit(p), -logit(p)]),
  ...[17, 19.5, 20.5, 60, 88.5, 89, 100, 1000].flatMap((value) => [value, -value]),
];

for (const { label, engine } of fastEngines) {
  Deno.test(`loss of single pixels on ${label} is exact at any logit`, async () => {
    for (const value of LOGITS) {
      for (const truth of [0, 1]) {
        const pixel = (number: number) => tensorOf([1, 1, 1, 1], () => number);
        const program = steps.loss(pixel(value), pixel(truth), false);
        const [got, expected] = await Promise.all([
          run(engine, program),
          run(referenceEngine, program),
        ]);
        const [name] = program.wanted;
        for (const [k, exact] of [...expected[name].data].entries()) {
          const found = Number(got[name].data[k]);
          assert(
            Math.abs(found - Number(exact)) <= TOLERANCE * Math.max(1, Number(exact)),
            `logit ${value}, truth ${truth}, number ${k}: ${found}, expected ${exact}`,
          );
        }
      }
    }
  });
}

for (const { label, engine } of engines) {
  Deno.test(`loss of certain pixels on ${label} has finite slopes, whatever the terms`, async () => {
    const shape = [1, 1, 1, 2 * CERTAIN.length];
    const logits = tensorOf(shape, (i) => CERTAIN[i >> 1]);
    const mask = tensorOf(shape, (i) => i & 1);
    for (
      const text of ["focal(gamma=0.5)", "focal(gamma=0)", "focal(gamma=1)", "boundary", "jaccard"]
    ) {
      const program = steps.loss(logits, mask, true, parseLoss(text));
      const { result, gradient } = await run(engine, program);
      for (const value of [...result.data, ...gradient.data].map(Number)) {
        assert(Number.isFinite(value), `${text}: ${value}`);
      }
    }
  });
}

for (const { label, engine } of engines) {
  Deno.test(`loss of a NaN on ${label} is NaN in every term`, async () => {
    const logits = tensorOf([1, 1, 2, 6], (i) => i === 5 ? NaN : i - 5);
    const mask = tensorOf([1, 1, 2, 6], (i) => i % 2);
    for (const text of ["bce", "dice", "focal", "boundary", "jaccard", "focal_tversky"]) {
      const program = steps.loss(logits, mask, true, parseLoss(text));
      const results = await run(engine, program);
      const [name, gradient] = program.wanted;
      assert(Number.isNaN(results[name].data[0]), `${text} is ${results[name].data[0]}`);
      assert(Number.isNaN(results[gradient].data[5]), `${text} has ${results[gradient].data[5]}`);
    }
  });

  Deno.test(`a NaN on ${label} survives an attention gate`, async () => {
    const x = tensorOf([1, 4, 1, 4], (i) => i + 1);
    const weight = tensorOf([1, 1, 1, 4], (i) => i === 2 ? NaN : i);
    const { y } = await run(engine, steps.gate({ tensor: x }, { tensor: weight }));
    y.data.forEach((value, i) => assert(Number.isNaN(value) === (i % 4 === 2), `${i}: ${value}`));
  });
}
