/**
 * Rewrites the weights of a network so that a simpler network computes the same.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import type { Tensor, Tensors } from "../core/tensor.ts";
import type { Graph } from "./graph.ts";
import type { Network } from "./network.ts";

/** Weights for grey images and one class. */
export interface GreyNetwork {
  readonly network: Network;
  readonly weights: Tensors<Float32Array>;
  /** What was folded, as a sentence; absent for a network that takes grey images already. */
  readonly note?: string;
}

/**
 * Folds a network for three colours or two classes into one for a grey image and one class.
 *
 * A grey image that is repeated in three channels meets the sum of their weights; padding is zero
 * in all of them. Of two classes under a softmax, the probability of class 1 is the sigmoid of the
 * difference of the logits, so the last layer holds the difference of the weights. Sums are
 * computed in double precision and rounded once.
 *
 * @throws InputError (without the file's name) for other numbers of channels and classes.
 */
export function asGrey(
  graph: Graph,
  network: Network,
  weights: Tensors<Float32Array>,
): GreyNetwork {
  const { inChannels, classes } = network;
  if (inChannels === 1 && classes === 1) return { network, weights };
  if (inChannels !== 1 && inChannels !== 3) {
    throw new InputError(
      `it takes images of ${inChannels} channels; one grey channel is needed, or three, which the ` +
        `grey image is repeated in: train it on such images`,
    );
  }
  if (classes > 2) {
    throw new InputError(
      `it tells ${classes} classes apart; one class is needed, or two (background and lesion): ` +
        `train it with n_classes=1 or 2 on masks of the lesion alone`,
    );
  }
  const first = graph.ops[0].name;
  const folded = { ...weights };
  if (inChannels === 3) {
    const name = `${first}.weight`;
    folded[name] = sumOverInputs(weights[name]);
  }
  if (classes === 2) {
    for (const name of graph.outputs.flatMap(({ value }) => [`${value}.weight`, `${value}.bias`])) {
      folded[name] = secondMinusFirst(weights[name]);
    }
  }
  return {
    network: { ...network, inChannels: 1, classes: 1 },
    weights: folded,
    note: noteOf(network),
  };
}

function noteOf({ inChannels, classes }: Network): string {
  const parts = [
    ...(inChannels === 3 ? ["the grey image stands for each of its 3 channels"] : []),
    ...(classes === 2 ? ["class 1 is held against class 0 (softmax)"] : []),
  ];
  const channels = `${inChannels} ${inChannels === 1 ? "channel" : "channels"}`;
  return `made for ${channels} and ${classes} ${classes === 1 ? "class" : "classes"}: ` +
    parts.join(", and ");
}

/** [outputs, inputs, h, w] to [outputs, 1, h, w]. */
function sumOverInputs({ shape, data }: Tensor<Float32Array>): Tensor<Float32Array> {
  const [outputs, inputs, height, width] = shape;
  const area = height * width;
  const sums = new Float32Array(outputs * area);
  for (let output = 0; output < outputs; output++) {
    for (let at = 0; at < area; at++) {
      let sum = 0;
      for (let input = 0; input < inputs; input++) {
        sum += data[(output * inputs + input) * area + at];
      }
      sums[output * area + at] = sum;
    }
  }
  return { shape: [outputs, 1, height, width], data: sums };
}

/** [2, ...] to [1, ...]. */
function secondMinusFirst({ shape, data }: Tensor<Float32Array>): Tensor<Float32Array> {
  const size = data.length / 2;
  const difference = Float32Array.from({ length: size }, (_, i) => data[size + i] - data[i]);
  return { shape: [1, ...shape.slice(1)], data: difference };
}

/**
 * Folds the biases of 3x3 convolutions into the running means of the batch norms behind them, which
 * subtract them again. Earlier versions of Pytorch-UNet have such biases. Returns the tensors
 * unchanged if there are none.
 */
export function foldBiases(graph: Graph, tensors: Tensors): { tensors: Tensors; count: number } {
  const folded: Tensors = Object.assign(Object.create(null), tensors);
  let count = 0;
  for (const { kind, name, inputs: [convolution] } of graph.ops) {
    if (kind !== "batchnorm") continue;
    const [from, to] = [`${convolution}.bias`, `${name}.running_mean`];
    const [bias, mean] = [folded[from], folded[to]];
    if (!bias || !mean || !isFloat(bias) || !isFloat(mean)) continue;
    if (String(bias.shape) !== String(mean.shape)) continue;
    const data = Float32Array.from(mean.data, (value, i) => value - bias.data[i]);
    folded[to] = { shape: mean.shape, data };
    delete folded[from];
    count++;
  }
  return count === 0 ? { tensors, count } : { tensors: folded, count };
}

function isFloat(tensor: Tensor): tensor is Tensor<Float32Array | Float64Array> {
  return tensor.data instanceof Float32Array || tensor.data instanceof Float64Array;
}
