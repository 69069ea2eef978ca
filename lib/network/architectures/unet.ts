/**
 * The U-Net of the Pytorch-UNet repository (Ronneberger et al., "U-Net", MICCAI 2015, with padded
 * convolutions and batch normalisation).
 *
 * From `inc` to `down4` the width doubles and the size halves. `up1` to `up4` reverse this: each
 * reads the skip connection of its own level, then the upsampled deeper level. Parameter names and
 * shapes equal those of its PyTorch state_dict.
 *
 * @module
 */
import { type Graph, IMAGE, type Op, type Value } from "../graph.ts";
import { checkNetwork, DEPTH, type Network, normInWords } from "../network.ts";
import type { Architecture, Shapes } from "./architecture.ts";
import { normOp } from "./norm.ts";

const FIRST = "inc.double_conv.0.weight";
const NORM = "inc.double_conv.1.weight";
const LAST = "outc.conv.weight";

/** The plain U-Net. */
export const UNET: Architecture = { name: "unet", title: "U-Net", mark: FIRST, build, detect };

function build(network: Network): Graph {
  checkNetwork(network);
  const { inChannels, classes, base, bilinear, norm: kind = "batch", dropout = 0 } = network;
  const ops: Op[] = [];
  const add = (op: Op): Value => {
    ops.push(op);
    return op.name;
  };
  const convolution = (name: string, norm: string, input: Value, channels: number) => {
    add({ kind: "conv3x3", name, inputs: [input], channels });
    add(normOp(network, norm, name, channels));
    return add({ kind: "relu", name: `${name}.relu`, inputs: [norm] });
  };
  const doubleConvolution = (prefix: string, input: Value, middle: number, channels: number) => {
    const at = (index: number) => `${prefix}.double_conv.${index}`;
    const value = convolution(at(3), at(4), convolution(at(0), at(1), input, middle), channels);
    return dropout > 0 ? add({ kind: "dropout", name: at(6), inputs: [value], p: dropout }) : value;
  };

  // Encoder: `skips` are the values of the skip connections.
  const factor = bilinear ? 2 : 1;
  const widths = Array.from({ length: DEPTH + 1 }, (_, level) => base * 2 ** level);
  widths[DEPTH] /= factor;
  const skips = [doubleConvolution("inc", IMAGE, base, base)];
  for (let level = 1; level <= DEPTH; level++) {
    const pooled = add({
      kind: "maxpool2",
      name: `down${level}.pool`,
      inputs: [skips[level - 1]],
    });
    const width = widths[level];
    skips.push(doubleConvolution(`down${level}.maxpool_conv.1`, pooled, width, width));
  }

  // Decoder.
  let below = skips[DEPTH];
  let belowWidth = widths[DEPTH];
  for (let step = 1; step <= DEPTH; step++) {
    const level = DEPTH - step;
    const name = `up${step}.up`;
    const upWidth = bilinear ? belowWidth : belowWidth / 2;
    const up = add(
      bilinear
        ? { kind: "upsample2", name, inputs: [below] }
        : { kind: "convtranspose2", name, inputs: [below], channels: upWidth },
    );
    const both = add({
      kind: "concat",
      name: `up${step}.conv.double_conv.0.input`,
      inputs: [skips[level], up],
    });
    const width = level === 0 ? base : widths[level] / factor;
    const middle = bilinear ? (widths[level] + upWidth) / 2 : width;
    below = doubleConvolution(`up${step}.conv`, both, middle, width);
    belowWidth = width;
  }

  const logits = add({ kind: "conv1x1", name: "outc.conv", inputs: [below], channels: classes });
  const decoder = bilinear ? "bilinear" : "transposed";
  const norms = normInWords(network);
  return {
    name: ["unet", base, decoder, ...(kind === "batch" ? [] : [kind])].join("_"),
    title: UNET.title,
    details: [`base width ${base}`, `${decoder} decoder`, ...norms].join(", "),
    inChannels,
    ops,
    outputs: [{ name: "logits", value: logits }],
  };
}

/**
 * Detects the options from the shapes of the first and the last convolution, and from the presence
 * of transposed convolutions. Norms without running statistics are taken as group norms; their
 * groups cannot be seen.
 */
function detect(tensors: Shapes): Network | string {
  const shapeOf = (name: string) => Object.hasOwn(tensors, name) ? tensors[name].shape : [];
  for (const name of [FIRST, LAST]) {
    if (shapeOf(name).length !== 4) return `it has no ${name} of four axes`;
  }
  const [base, inChannels] = shapeOf(FIRST);
  const [classes] = shapeOf(LAST);
  const bilinear = !Object.hasOwn(tensors, "up1.up.weight");
  const names = Object.keys(tensors);
  const isBatchNorm = !Object.hasOwn(tensors, NORM) ||
    names.some((name) => name.endsWith(".running_mean"));
  return { inChannels, classes, base, bilinear, ...(!isBatchNorm && { norm: "group" }) };
}
