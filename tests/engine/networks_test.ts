/**
 * The variants of the network against PyTorch's numbers in float64: logits, losses over some steps
 * of Adam, gradients of every parameter, running statistics. tests/golden/networks/make.py makes
 * them.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Tensor, Tensors } from "../../lib/core/tensor.ts";
import { graphOf, networkOf } from "../../lib/network/architectures.ts";
import type { Network } from "../../lib/network/network.ts";
import { parametersOf } from "../../lib/network/parameters.ts";
import { assertCloseNumber, scaleOf } from "../support/compare.ts";
import { engines, referenceEngine } from "../support/engines.ts";
import { networkOfPython } from "../support/python_options.ts";
import { recipeTensor, recipeWeights } from "../support/recipe.ts";
import { UnetRun } from "../support/unet_run.ts";
import book from "../golden/networks/networks.json" with { type: "json" };

interface Digest {
  readonly norm: number;
  readonly largest: number;
  readonly samples: readonly number[];
}

interface Case {
  readonly options: Readonly<Record<string, unknown>>;
  readonly shape: readonly number[];
  readonly logits: Digest;
  readonly gradients: Readonly<Record<string, Digest>>;
  readonly statistics: Readonly<Record<string, Digest>>;
  readonly losses: readonly number[];
}

/** Values at even distances, as make.py takes them. */
function digestOf({ data }: Tensor, samples: number): Digest {
  const values = Float64Array.from(data as Float32Array);
  const at = (i: number) => values[Math.floor(i * (values.length - 1) / Math.max(1, samples - 1))];
  return {
    norm: Math.hypot(...values),
    largest: scaleOf({ shape: [values.length], data: values }),
    samples: Array.from({ length: samples }, (_, i) => at(i)),
  };
}

function check(what: string, tensor: Tensor, expected: Digest, tolerance: number): void {
  const got = digestOf(tensor, expected.samples.length);
  // A gradient that cancels to nothing is compared with the rounding of its summands.
  const largest = Math.max(expected.largest, 1e-3);
  assertCloseNumber(
    `norm of ${what}`,
    got.norm,
    expected.norm,
    tolerance * Math.max(expected.norm, 1e-3),
  );
  for (const [i, sample] of expected.samples.entries()) {
    assertCloseNumber(`sample ${i} of ${what}`, got.samples[i], sample, tolerance * largest);
  }
}

async function checkCase(run: UnetRun, expected: Case, tolerance: number): Promise<void> {
  check("logits", (await run.evaluate()).logits, expected.logits, tolerance);
  check("logits of folded weights", (await run.predict()).logits, expected.logits, tolerance);
  const first = await run.step(book.rate, true);
  for (const [name, digest] of Object.entries(expected.gradients)) {
    check(`grad.${name}`, first[`grad.${name}`], digest, tolerance);
  }
  for (const [name, digest] of Object.entries(expected.statistics)) {
    check(name, first[name], digest, tolerance);
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
