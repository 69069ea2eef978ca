/**
 * The variants of the network against PyTorch's numbers in float64: logits, losses over some steps
 * of Adam, gradients of every parameter, running statistics. tests/golden/networks/make.py makes
 * them.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Tensors } from "../../lib/core/tensor.ts";
import { graphOf, networkOf } from "../../lib/network/architectures.ts";
import type { Network } from "../../lib/network/network.ts";
import { parametersOf } from "../../lib/network/parameters.ts";
import { assertCloseNumber } from "../support/compare.ts";
import { checkDigest, type Digest } from "../support/digests.ts";
import { engines, referenceEngine } from "../support/engines.ts";
import { networkOfPython } from "../support/python_options.ts";
import { recipeTensor, recipeWeights } from "../support/recipe.ts";
import { UnetRun } from "../support/unet_run.ts";
import book from "../golden/networks/networks.json" with { type: "json" };

interface Case {
  readonly options: Readonly<Record<string, unknown>>;
  readonly shape: readonly number[];
  readonly logits: Digest;
  readonly gradients: Readonly<Record<string, Digest>>;
  readonly statistics: Readonly<Record<string, Digest>>;
  readonly losses: readonly number[];
}

async function checkCase(run: UnetRun, expected: Case, tolerance: number): Promise<void> {
  checkDigest("logits", (await run.evaluate()).logits, expected.logits, tolerance);
  checkDigest("logits of folded weights", (await run.predict()).logits, expected.logits, tolerance);
  const first = await run.step(book.rate, true);
  for (const [name, digest] of Object.entries(expected.gradients)) {
    checkDigest(`grad.${name}`, first[`grad.${name}`], digest, tolerance);
  }
  for (const [name, digest] of Object.entries(expected.statistics)) {
    checkDigest(name, first[name], digest, tolerance);
  }
  const losses = [first.loss.data[0]];
  while (losses.length < expected.losses.length) {
    losses.push((await run.step(book.rate)).loss.data[0]);
  }
  for (const [step, loss] of expected.losses.entries()) {
    assertCloseNumber(`loss of step ${step}`, Number(losses[step]), loss, tolerance);
  }
}

for (const [name, expected] of Object.entries(book.cases as Record<string, Case>)) {
  const network: Network = networkOfPython(expected.options);
  const weights: Tensors = recipeWeights(network);
  for (const { label, engine, slow } of engines) {
    // Compiling takes software adapters long.
    const tooLong = slow && engine !== referenceEngine;
    if (tooLong && name !== "everything together") continue;
    Deno.test(`the network of ${name} on ${label} gives PyTorch's numbers`, async () => {
      const input = recipeTensor("input", expected.shape, 2);
      const { shape, data } = recipeTensor("mask", expected.shape, 1);
      const run = new UnetRun(engine, network, weights, input, { shape, data: data.map(Math.abs) });
      await checkCase(run, expected, engine === referenceEngine ? 5e-6 : 1e-3);
    });
  }

  Deno.test(`the network of ${name} is recognised by its parameters`, () => {
    // Nothing tells the groups of a norm.
    const { groups: _, ...seen } = network;
    assertEquals(networkOf(weights, "it"), seen);
    const trained = parametersOf(graphOf(network)).filter((spec) => spec.trained);
    assertEquals(
      new Set(trained.map((spec) => spec.name)),
      new Set(Object.keys(expected.gradients)),
    );
    assert(trained.every(({ name }) => expected.gradients[name].samples.length > 0));
  });
}
