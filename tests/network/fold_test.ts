import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import type { Tensor, Tensors } from "../../lib/core/tensor.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { asGrey, foldBiases } from "../../lib/network/fold.ts";
import { type Network } from "../../lib/network/network.ts";
import { checkWeights } from "../../lib/network/weights.ts";
import { assertClose, scaleOf } from "../support/compare.ts";
import { referenceEngine } from "../support/engines.ts";
import { trainedWeights } from "../support/random_weights.ts";
import { recipeTensor } from "../support/recipe.ts";
import { UnetRun } from "../support/unet_run.ts";

const [N, HEIGHT, WIDTH] = [2, 33, 20];

/** A grey batch in so many equal channels. */
function greyIn(channels: number): Tensor {
  const { data } = recipeTensor("grey", [N, 1, HEIGHT, WIDTH], 2);
  const area = HEIGHT * WIDTH;
  const repeated = new Float32Array(N * channels * area);
  for (let image = 0; image < N; image++) {
    for (let channel = 0; channel < channels; channel++) {
      repeated.set(
        data.subarray(image * area, (image + 1) * area) as Float32Array,
        (image * channels + channel) * area,
      );
    }
  }
  return { shape: [N, channels, HEIGHT, WIDTH], data: repeated };
}

/** The logit of the lesion: of one class itself, of two the difference. */
function lesionLogits({ data }: Tensor, classes: number): Tensor<Float32Array> {
  const area = HEIGHT * WIDTH;
  const logits = new Float32Array(N * area);
  for (let i = 0; i < logits.length; i++) {
    const [image, at] = [Math.floor(i / area), i % area];
    const of = (index: number) => Number(data[(image * classes + index) * area + at]);
    logits[i] = classes === 1 ? of(0) : of(1) - of(0);
  }
  return { shape: [N, 1, HEIGHT, WIDTH], data: logits };
}

const FOLDED: readonly Network[] = [
  { inChannels: 3, classes: 2, base: 4, bilinear: false },
  { inChannels: 3, classes: 2, base: 3, bilinear: true },
  { inChannels: 3, classes: 1, base: 4, bilinear: false },
  { inChannels: 1, classes: 2, base: 4, bilinear: true },
];

for (const network of FOLDED) {
  const { inChannels, classes } = network;
  Deno.test(`a network of ${inChannels} channels and ${classes} classes, folded, computes the same`, async () => {
    const weights = trainedWeights(network);
    const grey = asGrey(graphOf(network), network, weights);
    assertEquals(grey.network, { ...network, inChannels: 1, classes: 1 });
    assertStringIncludes(grey.note!, `${inChannels} channel`);
    assertStringIncludes(grey.note!, `${classes} class`);
    checkWeights(graphOf(grey.network), grey.weights, "folded");
    const target = (count: number) => ({
      shape: [N, count, HEIGHT, WIDTH],
      data: new Float32Array(N * count * HEIGHT * WIDTH),
    });
    const run = (of: Network, tensors: Tensors) =>
      new UnetRun(referenceEngine, of, tensors, greyIn(of.inChannels), target(of.classes))
        .evaluate();
    const expected = lesionLogits((await run(network, weights)).logits, classes);
    const { logits } = await run(grey.network, grey.weights);
    assertClose("logits", logits, expected, 1e-5 * scaleOf(expected));
  });
}

Deno.test("asGrey() leaves a grey network of one class as it is, and refuses others", () => {
  const plain: Network = { inChannels: 1, classes: 1, base: 1, bilinear: true };
  const weights = trainedWeights(plain);
  assertEquals(asGrey(graphOf(plain), plain, weights), { network: plain, weights });
  for (
    const [change, says] of [
      [{ inChannels: 2 }, "2 channels"],
      [{ inChannels: 4 }, "4 channels"],
      [{ classes: 3 }, "3 classes"],
    ] as const
  ) {
    const network = { ...plain, ...change };
    const fold = () => asGrey(graphOf(network), network, trainedWeights(network));
    assertStringIncludes(assertThrows(fold, InputError).message, says);
  }
});

Deno.test("foldBiases() takes the biases before batch norms out of their running means", () => {
  const network: Network = { inChannels: 1, classes: 1, base: 2, bilinear: false };
  const graph = graphOf(network);
  const plain: Tensors = trainedWeights(network);
  assertEquals(foldBiases(graph, plain), { tensors: plain, count: 0 });
  const biased: Tensors = { ...plain };
  for (const { name } of graph.ops.filter(({ kind }) => kind === "conv3x3")) {
    const channels = plain[`${name}.weight`].shape[0];
    biased[`${name}.bias`] = recipeTensor(`${name}.bias`, [channels], 1);
  }
  const { tensors, count } = foldBiases(graph, biased);
  assertEquals(count, 18);
  assertEquals(Object.keys(tensors).sort(), Object.keys(plain).sort());
  for (const { kind, name, inputs: [convolution] } of graph.ops) {
    if (kind !== "batchnorm") continue;
    const [mean, before] = [tensors, biased].map((of) => of[`${name}.running_mean`].data);
    const bias = biased[`${convolution}.bias`].data;
    for (let i = 0; i < mean.length; i++) {
      assertEquals(mean[i], Math.fround(Number(before[i]) - Number(bias[i])));
    }
  }
  const wrong = { ...plain, "inc.double_conv.0.bias": { shape: [3], data: new Float32Array(3) } };
  assert("inc.double_conv.0.bias" in foldBiases(graph, wrong).tensors);
});
