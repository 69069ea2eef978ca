/**
 * The U-Net of the Pytorch-UNet repository (Ronneberger et al., "U-Net", MICCAI 2015, with padded
 * convolutions and batch normalisation).
 *
 * From `inc` to `down4` the width doubles and the size halves. `up1` to `up4` reverse this: each
 * reads the skip connection of its own level, then the upsampled deeper level. Parameter names and
 * shapes equal those of its PyTorch state_dict. Other numbers of levels have more or fewer of both;
 * a limit of the width keeps the deep levels narrow.
 *
 * @module
 */
import { type Graph, IMAGE, type Op, type Output, type Value } from "../graph.ts";
import { BLOCKS, checkNetwork, LEVELS, type Network, normInWords } from "../network.ts";
import type { Architecture, Shapes } from "./architecture.ts";
import { attentionGate } from "./attention_gate.ts";
import { normOp } from "./norm.ts";
import { residualBlock } from "./residual_block.ts";

/** The first layer of a level, by the kind of its convolutions. */
const FIRST_LAYERS = { plain: "double_conv.0", residual: "conv1" } as const;

/** The first norm of a level. */
const FIRST_NORMS = { plain: "double_conv.1", residual: "norm1" } as const;

const firstWeight = (blocks: typeof BLOCKS[number]) => `inc.${FIRST_LAYERS[blocks]}.weight`;
const LAST = "outc.conv.weight";

/** The plain U-Net. */
export const UNET: Architecture = {
  name: "unet",
  title: "U-Net",
  marks: BLOCKS.map(firstWeight),
  build,
  detect,
};

function build(network: Network): Graph {
  checkNetwork(network);
  const { inChannels, classes, base, bilinear, blocks = "plain", attention = false } = network;
  const { deepSupervision = false, dropout: p = 0, dropoutKind } = network;
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
  const dropped = (name: string, value: Value): Value =>
    p === 0 ? value : add({
      kind: "dropout",
      name,
      inputs: [value],
      p,
      ...(dropoutKind === "elements" && { elements: true }),
    });
  const doubleConvolution = (prefix: string, input: Value, middle: number, channels: number) => {
    const at = (index: number) => `${prefix}.double_conv.${index}`;
    const value = convolution(at(3), at(4), convolution(at(0), at(1), input, middle), channels);
    return dropped(at(6), value);
  };
  /** The convolutions of a level, from `inputs` channels over `middle` to `channels`. */
  const block = (
    prefix: string,
    input: Value,
    [inputs, middle, channels]: readonly [number, number, number],
  ): Value => {
    if (blocks === "plain") return doubleConvolution(prefix, input, middle, channels);
    const ops = residualBlock(network, prefix, input, [inputs, middle, channels]);
    return dropped(`${prefix}.dropout`, ops.map(add).at(-1)!);
  };
  /** A skip connection behind its gate, and the upsampled map in its size. */
  const gated = (prefix: string, skip: Value, up: Value, channels: number): Value[] => {
    const aligned = add({ kind: "align", name: `${prefix}.g`, inputs: [up, skip] });
    return [attentionGate(network, prefix, skip, aligned, channels).map(add).at(-1)!, aligned];
  };

  // Encoder: `skips` are the values of the skip connections.
  const widths = widthsOf(network);
  const deepest = widths.length - 1;
  const skips = [block("inc", IMAGE, [inChannels, base, base])];
  for (let level = 1; level <= deepest; level++) {
    const pooled = add({
      kind: "maxpool2",
      name: `down${level}.pool`,
      inputs: [skips[level - 1]],
    });
    // Bilinear upsampling keeps the channels, so the level below has those of its skip connection.
    const width = bilinear && level === deepest ? widths[level - 1] : widths[level];
    skips.push(block(`down${level}.maxpool_conv.1`, pooled, [widths[level - 1], width, width]));
  }

  // Decoder.
  const lower: Output[] = [];
  let below = skips[deepest];
  for (let step = 1; step <= deepest; step++) {
    const level = deepest - step;
    const name = `up${step}.up`;
    const width = widths[level];
    const up = add(
      bilinear
        ? { kind: "upsample2", name, inputs: [below] }
        : { kind: "convtranspose2", name, inputs: [below], channels: width },
    );
    const parts = attention ? gated(`up${step}.gate`, skips[level], up, width) : [skips[level], up];
    const input = `up${step}.conv.${FIRST_LAYERS[blocks]}.input`;
    const both = add({ kind: "concat", name: input, inputs: parts });
    const next = bilinear && level > 0 ? widths[level - 1] : width;
    below = block(`up${step}.conv`, both, [2 * width, width, next]);
    if (deepSupervision && level > 0 && level < deepest - 1) {
      const head = `outc${level}.conv`;
      add({ kind: "conv1x1", name: head, inputs: [below], channels: classes });
      lower.unshift({ name: `logits${level}`, value: head });
    }
  }

  const logits = add({ kind: "conv1x1", name: "outc.conv", inputs: [below], channels: classes });
  const decoder = bilinear ? "bilinear" : "transposed";
  const variant = variantOf(network);
  return {
    name: ["unet", base, decoder, ...variant.map(([short]) => short)].join("_"),
    title: UNET.title,
    details: [`base width ${base}`, `${decoder} decoder`, ...variant.map(([, words]) => words)]
      .join(", "),
    inChannels,
    ops,
    outputs: [{ name: "logits", value: logits }, ...lower],
  };
}

/** What differs from the paper's network: a word for names of files, and words for people. */
function variantOf(network: Network): (readonly [short: string, words: string])[] {
  const { blocks = "plain", attention = false, deepSupervision = false } = network;
  const { norm = "batch" } = network;
  const { levels = LEVELS.default } = network;
  const cap = widthCapIn(network);
  return [
    ...normInWords(network).map((words) => [norm, words] as const),
    ...(blocks === "plain" ? [] : [[blocks, `${blocks} blocks`] as const]),
    ...(attention ? [["attention", "attention gates"] as const] : []),
    ...(deepSupervision ? [["deep", "deep supervision"] as const] : []),
    ...(levels === LEVELS.default ? [] : [[`levels${levels}`, `${levels} levels`] as const]),
    ...(cap === undefined ? [] : [[`cap${cap}`, `at most ${cap} channels`] as const]),
  ];
}

/** The channels of each level, from the image's size to the smallest. */
function widthsOf({ base, levels = LEVELS.default, widthCap = Infinity }: Network): number[] {
  return Array.from({ length: levels + 1 }, (_, level) => Math.min(base * 2 ** level, widthCap));
}

/** The limit of the width, if a level reaches it. Bilinear decoders lack the last doubling. */
function widthCapIn(network: Network): number | undefined {
  const { widthCap, bilinear } = network;
  const widest = widthsOf({ ...network, widthCap: Infinity }).at(bilinear ? -2 : -1)!;
  return widthCap !== undefined && widthCap < widest ? widthCap : undefined;
}

/**
 * Detects the options from the shapes of the first and the last convolution, from the names of the
 * encoder's levels, from the width of the deepest one, and from the presence of transposed
 * convolutions. Options with their default values are left out. Norms without running statistics
 * are taken as group norms; their groups cannot be seen.
 */
function detect(tensors: Shapes): Network | string {
  const shapeOf = (name: string) => Object.hasOwn(tensors, name) ? tensors[name].shape : [];
  const blocks = BLOCKS.find((kind) => Object.hasOwn(tensors, firstWeight(kind))) ?? "plain";
  const first = firstWeight(blocks);
  for (const name of [first, LAST]) {
    if (shapeOf(name).length !== 4) return `it has no ${name} of four axes`;
  }
  const [base, inChannels] = shapeOf(first);
  const [classes] = shapeOf(LAST);
  const bilinear = !Object.hasOwn(tensors, "up1.up.weight");
  const names = Object.keys(tensors);
  const levels = levelsIn(names);
  const isBatchNorm = !Object.hasOwn(tensors, `inc.${FIRST_NORMS[blocks]}.weight`) ||
    names.some((name) => name.endsWith(".running_mean"));
  const network = {
    inChannels,
    classes,
    base,
    bilinear,
    ...(blocks !== "plain" && { blocks }),
    ...(Object.hasOwn(tensors, "up1.gate.psi.0.weight") && { attention: true }),
    ...(Object.hasOwn(tensors, "outc1.conv.weight") && { deepSupervision: true }),
    ...(levels !== LEVELS.default && { levels }),
    ...(!isBatchNorm && { norm: "group" as const }),
  };
  const [widthCap = Infinity] = shapeOf(
    `down${levels}.maxpool_conv.1.${FIRST_LAYERS[blocks]}.weight`,
  );
  const capped = { ...network, widthCap };
  return widthCap < base || widthCapIn(capped) === undefined ? network : capped;
}

/** The deepest level that a name belongs to; the usual number where no level has a name. */
function levelsIn(names: readonly string[]): number {
  const found = names.flatMap((name) => /^down([1-9])\./.exec(name)?.slice(1).map(Number) ?? []);
  return found.length === 0 ? LEVELS.default : Math.max(...found);
}
