/**
 * The U-Net as data: which layers there are, what each reads, and the shapes of its parameters.
 *
 * The architecture is the one that Pytorch-UNet made common (Ronneberger et al., "U-Net", MICCAI 2015,
 * with padded convolutions and batch normalisation). Parameter names and shapes are PyTorch's
 * state_dict of it, so that a checkpoint means the same here and there.
 *
 * Width doubles and size halves from `inc` to `down4`; `up1` to `up4` go back, each reading the
 * upsampled deeper level beside the skip connection of its own level, skip channels first.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { elementCount } from "../core/tensor.ts";

/** What fixes the architecture. */
export interface Network {
  /** Channels of the image: 1 for grey. */
  readonly inChannels: number;
  /** Channels of the logits: 1 for lesion against background. */
  readonly classes: number;
  /** Channels of the first level: 64 in the paper and in the tutorial. */
  readonly base: number;
  /** Bilinear upsampling in the decoder instead of transposed convolutions. */
  readonly bilinear: boolean;
}

/** The name under which layers read the network's input. */
export const IMAGE = "image";

/** A 3x3 convolution without bias, batch norm, ReLU. `inputs` are concatenated in this order. */
export interface ConvolutionLayer {
  readonly kind: "convolution";
  /** The convolution's state_dict prefix; its weight is `${name}.weight`. */
  readonly name: string;
  /** The batch norm's state_dict prefix. */
  readonly norm: string;
  readonly inputs: readonly string[];
  /** Channels of each input. */
  readonly inChannels: readonly number[];
  readonly outChannels: number;
}

/** Max-pooling 2x2, or doubling the size by a transposed convolution or bilinearly. */
export interface ResizingLayer {
  readonly kind: "pool" | "transposed" | "bilinear";
  /** The state_dict prefix for `transposed` (`.weight`, `.bias`); a plain name for the others. */
  readonly name: string;
  readonly input: string;
  readonly inChannels: number;
  readonly outChannels: number;
}

/** The last layer: a 1x1 convolution with bias to the logits. */
export interface HeadLayer {
  readonly kind: "head";
  readonly name: string;
  readonly input: string;
  readonly inChannels: number;
  readonly outChannels: number;
}

/** One layer of the network. Layers are listed in an order in which they can be computed. */
export type Layer = ConvolutionLayer | ResizingLayer | HeadLayer;

/** How many times the encoder halves the image. */
export const DEPTH = 4;

/** The smallest image side for which every level has at least one pixel. */
export const SMALLEST_SIDE = 2 ** DEPTH;

/** Checks that the numbers describe a network; throws {@linkcode InputError} otherwise. */
export function checkNetwork(network: Network): void {
  for (const [name, value] of Object.entries(network)) {
    if (typeof value === "number" && (!Number.isInteger(value) || value < 1)) {
      throw new InputError(`${name} is ${value}; a network needs a whole number of at least 1`);
    }
  }
}

/** Lists the layers of a network from the image to the logits. */
export function layersOf(network: Network): Layer[] {
  checkNetwork(network);
  const { base, bilinear } = network;
  const layers: Layer[] = [];
  const factor = bilinear ? 2 : 1;

  const doubleConvolution = (
    prefix: string,
    inputs: readonly string[],
    inChannels: readonly number[],
    middle: number,
    outChannels: number,
  ): string => {
    const first = `${prefix}.double_conv.0`;
    const second = `${prefix}.double_conv.3`;
    layers.push(
      {
        kind: "convolution",
        name: first,
        norm: `${prefix}.double_conv.1`,
        inputs,
        inChannels,
        outChannels: middle,
      },
      {
        kind: "convolution",
        name: second,
        norm: `${prefix}.double_conv.4`,
        inputs: [first],
        inChannels: [middle],
        outChannels,
      },
    );
    return second;
  };

  // Encoder: what each level hands to the decoder as its skip connection.
  const skips = [doubleConvolution("inc", [IMAGE], [network.inChannels], base, base)];
  const widths = [base];
  for (let level = 1; level <= DEPTH; level++) {
    const width = level === DEPTH ? (base * 2 ** level) / factor : base * 2 ** level;
    const name = `down${level}.pool`;
    const above = widths[level - 1];
    layers.push({
      kind: "pool",
      name,
      input: skips[level - 1],
      inChannels: above,
      outChannels: above,
    });
    skips.push(
      doubleConvolution(`down${level}.maxpool_conv.1`, [name], [above], width, width),
    );
    widths.push(width);
  }

  // Decoder.
  let below = skips[DEPTH];
  let belowWidth = widths[DEPTH];
  for (let step = 1; step <= DEPTH; step++) {
    const level = DEPTH - step;
    const name = `up${step}.up`;
    const upWidth = bilinear ? belowWidth : belowWidth / 2;
    layers.push({
      kind: bilinear ? "bilinear" : "transposed",
      name,
      input: below,
      inChannels: belowWidth,
      outChannels: upWidth,
    });
    const skipWidth = widths[level];
    const outChannels = level === 0 ? base : skipWidth / factor;
    const middle = bilinear ? (skipWidth + upWidth) / 2 : outChannels;
    below = doubleConvolution(
      `up${step}.conv`,
      [skips[level], name],
      [skipWidth, upWidth],
      middle,
      outChannels,
    );
    belowWidth = outChannels;
  }

  layers.push({
    kind: "head",
    name: "outc.conv",
    input: below,
    inChannels: belowWidth,
    outChannels: network.classes,
  });
  return layers;
}

/** One entry of the state_dict. `trained` entries are moved by the optimiser, the others are statistics. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly trained: boolean;
  /** Inputs of one output, as PyTorch's default initialisation counts them; 0 where it is not used. */
  readonly fanIn: number;
}

/** The float entries of the state_dict, in PyTorch's order (`num_batches_tracked` is apart: {@linkcode counterNames}). */
export function parametersOf(network: Network): ParameterSpec[] {
  const specs: ParameterSpec[] = [];
  const add = (name: string, shape: readonly number[], trained: boolean, fanIn: number) =>
    specs.push({ name, shape, trained, fanIn });
  for (const layer of layersOf(network)) {
    if (layer.kind === "convolution") {
      const inChannels = layer.inChannels.reduce((a, b) => a + b);
      const width = [layer.outChannels];
      add(`${layer.name}.weight`, [layer.outChannels, inChannels, 3, 3], true, inChannels * 9);
      add(`${layer.norm}.weight`, width, true, 0);
      add(`${layer.norm}.bias`, width, true, 0);
      add(`${layer.norm}.running_mean`, width, false, 0);
      add(`${layer.norm}.running_var`, width, false, 0);
    } else if (layer.kind === "transposed") {
      // PyTorch takes the second axis for the fan-in, which here counts the outputs.
      const fanIn = layer.outChannels * 4;
      add(`${layer.name}.weight`, [layer.inChannels, layer.outChannels, 2, 2], true, fanIn);
      add(`${layer.name}.bias`, [layer.outChannels], true, fanIn);
    } else if (layer.kind === "head") {
      add(
        `${layer.name}.weight`,
        [layer.outChannels, layer.inChannels, 1, 1],
        true,
        layer.inChannels,
      );
      add(`${layer.name}.bias`, [layer.outChannels], true, layer.inChannels);
    }
  }
  return specs;
}

/** The state_dict's integer entries: how many batches each batch norm has seen. */
export function counterNames(network: Network): string[] {
  return layersOf(network)
    .filter((layer) => layer.kind === "convolution")
    .map((layer) => `${layer.norm}.num_batches_tracked`);
}

/** The number of trained parameters: 31,036,481 for the tutorial's network. */
export function parameterCount(network: Network): number {
  return parametersOf(network)
    .filter((spec) => spec.trained)
    .reduce((sum, spec) => sum + elementCount(spec.shape), 0);
}
