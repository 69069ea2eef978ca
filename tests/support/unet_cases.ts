/**
 * Compares whole networks with PyTorch's numbers: forward, backward and over many steps.
 *
 * @module
 */
import { assert } from "@std/assert";
import type { Tensor, Tensors } from "../../lib/core/tensor.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { type Network } from "../../lib/network/network.ts";
import { parametersOf } from "../../lib/network/parameters.ts";
import { assertClose, assertCloseNumber, relativeDistance } from "./compare.ts";
import type { TestedEngine } from "./engines.ts";
import { recipeWeights } from "./recipe.ts";
import { foldersWith, loadJson, loadTensors, type ReferenceFolder } from "./reference_data.ts";
import { UnetRun } from "./unet_run.ts";

const LEARNING_RATE = 1e-3;

interface Measured {
  atol: number;
  scale: number;
}

/** A case of unet.json. */
export interface Case {
  file: string;
  init: string;
  n: number;
  h: number;
  w: number;
  base: number;
  bilinear: boolean;
  loss: number;
  bce: number;
  dice_term: number;
  losses30: number[];
  losses30_f64: number[];
  losses30_f32_other_kernels: number[];
  grad_norms_f64: Record<string, number>;
  measured: { logits_eval: Measured; logits_train: Measured; stats1: Measured };
}

interface Book {
  inits: Record<string, { global_seed?: number }>;
  cases: Record<string, Case>;
}

/** The number of training steps of a case that an engine repeats; `undefined` skips the case. */
export type StepsOf = (facts: Case, all: readonly Case[]) => number | undefined;

/** A case's network with its initial weights, and PyTorch's tensors. */
export interface LoadedCase {
  readonly network: Network;
  readonly weights: Tensors;
  readonly reference: Tensors;
}

/** The cases of a folder by name, each with a function that reads its tensors. */
export function unetCases(
  folder: ReferenceFolder,
): { name: string; facts: Case; load: () => LoadedCase }[] {
  const { inits, cases } = loadJson<Book>(folder, "unet/unet.json");
  return Object.entries(cases).map(([name, facts]) => ({
    name,
    facts,
    load: () => {
      const network = { inChannels: 1, classes: 1, base: facts.base, bilinear: facts.bilinear };
      const seed = inits[facts.init].global_seed;
      const weights = seed === undefined
        ? loadTensors(folder, `unet/${facts.init}`)
        : recipeWeights(network, seed);
      return { network, weights, reference: loadTensors(folder, `unet/${facts.file}`) };
    },
  }));
}

/** Declares a test of each case on each engine. */
export function testUnet(engines: readonly TestedEngine[], stepsOf: StepsOf): void {
  for (const folder of foldersWith("unet/unet.json")) {
    const cases = unetCases(folder);
    for (const { label, engine } of engines) {
      for (const { name, facts, load } of cases) {
        const steps = stepsOf(facts, cases.map((each) => each.facts));
        if (steps === undefined) continue;
        Deno.test(
          `U-Net ${name} on ${label} agrees with ${folder.label}`,
          (test) => checkCase(test, engine, load(), facts, steps),
        );
      }
    }
  }
}

async function checkCase(
  test: Deno.TestContext,
  engine: Engine,
  { network, weights, reference }: LoadedCase,
  facts: Case,
  steps: number,
): Promise<void> {
  const { input, target } = reference;
  const run = new UnetRun(engine, network, weights, input, target);
  const trained = parametersOf(graphOf(network)).filter((spec) => spec.trained).map(({ name }) =>
    name
  );
  const { logits_eval, logits_train, stats1 } = facts.measured;

  await test.step("logits with fresh running statistics, twice", async () => {
    const { logits } = await run.evaluate();
    assertClose("logits", logits, reference.logits_eval, logits_eval.atol);
    const folded = await run.predict();
    assertClose("logits of folded weights", folded.logits, reference.logits_eval, logits_eval.atol);
  });

  const first = await run.step(LEARNING_RATE, true);
  await test.step("logits and loss of the first training step", () => {
    assertClose("logits", first.logits, reference.logits_train, logits_train.atol);
    checkLoss(first.loss, facts);
  });
  await test.step("gradients of the first step", () => {
    checkGradientNorms(first, facts.grad_norms_f64);
    if (reference[`grad.${trained[0]}`]) checkGradients(first, reference, trained, facts);
  });
  await test.step("running statistics after the first step", () => {
    for (const [name, tensor] of Object.entries(reference)) {
      if (!name.startsWith("stats1.") || name.endsWith("num_batches_tracked")) continue;
      assertClose(name, first[name.slice("stats1.".length)], tensor, 2e-5 * stats1.scale);
    }
  });
  if (reference[`after1.${trained[0]}`]) {
    await test.step("parameters after the first step", () => {
      const { mean, share } = parameterDistance(run.weights, reference, "after1.", trained);
      assert(mean <= 1e-6, `mean difference ${mean}`);
      assert(share <= 0.002, `${share * 100} % differ by more than 1e-5`);
    });
  }

  const losses = [Number(first.loss.data[0])];
  await test.step("up to ten steps", async () => {
    while (losses.length < Math.min(10, steps)) losses.push(await nextLoss(run));
  });
  if (steps >= 10 && reference[`after10.${trained[0]}`]) {
    await test.step("parameters after ten steps", () => {
      const { mean } = parameterDistance(run.weights, reference, "after10.", trained);
      assert(mean <= (facts.base <= 4 ? 1e-5 : 1e-3), `mean difference ${mean}`);
    });
    await test.step("logits with PyTorch's parameters after ten steps", async () => {
      const after = Object.fromEntries(
        Object.entries(reference)
          .filter(([name]) => name.startsWith("after10."))
          .map(([name, tensor]) => [name.slice("after10.".length), tensor]),
      );
      const other = new UnetRun(engine, network, after, input, target);
      assertClose("logits", (await other.evaluate()).logits, reference.logits_eval_after10, 2e-5);
      assertClose("folded", (await other.predict()).logits, reference.logits_eval_after10, 2e-5);
    });
  }
  await test.step(`${steps} losses`, async () => {
    while (losses.length < steps) losses.push(await nextLoss(run));
    const early = facts.base <= 4 ? 1e-4 : 1e-3;
    losses.forEach((loss, index) => {
      // PyTorch's own kernels can differ by more than the advised bound. The bound is then three
      // times their distance.
      const own = [facts.losses30_f64, facts.losses30_f32_other_kernels];
      const spread = Math.max(...own.map((all) => Math.abs(all[index] - facts.losses30[index])));
      const atol = Math.max(index < 10 ? early : 1e-2, 3 * spread);
      assertCloseNumber(`loss ${index + 1}`, loss, facts.losses30[index], atol);
    });
  });
}

async function nextLoss(run: UnetRun): Promise<number> {
  return Number((await run.step(LEARNING_RATE)).loss.data[0]);
}

function checkLoss({ data }: Tensor, { loss, bce, dice_term }: Case): void {
  for (const [index, expected] of [loss, bce, dice_term].entries()) {
    assertCloseNumber(["loss", "BCE", "Dice term"][index], Number(data[index]), expected, 1e-5);
  }
}

/** Checks the norm of every gradient above rounding noise. */
function checkGradientNorms(results: Tensors, norms: Record<string, number>): void {
  for (const [name, expected] of Object.entries(norms)) {
    if (expected <= 1e-6) continue;
    const data = results[`grad.${name}`].data as Float32Array;
    const norm = Math.sqrt(data.reduce((sum, value) => sum + value * value, 0));
    assertCloseNumber(`norm of grad.${name}`, norm, expected, 5e-4 * expected);
  }
}

function checkGradients(
  results: Tensors,
  reference: Tensors,
  trained: readonly string[],
  { grad_norms_f64: norms }: Case,
): void {
  const names = trained.map((name) => `grad.${name}`);
  const pick = (tensors: Tensors, chosen: string[]) => chosen.map((name) => tensors[name]);
  const together = relativeDistance(pick(results, names), pick(reference, names));
  assert(together <= 1e-4, `all gradients together differ by ${together}`);
  for (const name of trained) {
    if (norms[name] <= 1e-6) continue;
    const alone = relativeDistance([results[`grad.${name}`]], [reference[`grad.${name}`]]);
    assert(alone <= 5e-4, `grad.${name} differs by ${alone}`);
  }
}

/** The mean |difference| of all parameters, and the share that differs by more than 1e-5. */
function parameterDistance(
  weights: Tensors,
  reference: Tensors,
  prefix: string,
  trained: readonly string[],
): { mean: number; share: number } {
  let [sum, beyond, count] = [0, 0, 0];
  for (const name of trained) {
    const [got, expected] = [weights[name].data, reference[prefix + name].data];
    for (let i = 0; i < expected.length; i++) {
      const difference = Math.abs(Number(got[i]) - Number(expected[i]));
      sum += difference;
      if (!(difference <= 1e-5)) beyond++;
      count++;
    }
  }
  return { mean: sum / count, share: beyond / count };
}
