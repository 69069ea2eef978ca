/**
 * A network as data: operations and the values between them.
 *
 * The name of an operation is its state_dict prefix. Its result, a batch of maps
 * `[n, channels, h, w]`, has the same name. Operations are in topological order. Parameters,
 * initial weights, plans and ONNX files are derived from the graph.
 *
 * @module
 */

/** The name of a value: {@linkcode IMAGE}, or the name of the operation that computes it. */
export type Value = string;

/** The network's input. */
export const IMAGE: Value = "image";

/**
 * A convolution with weight `${name}.weight`. `conv3x3` (padding 1) and `pointwise` (1x1) have no
 * bias; `conv1x1`, an output's, and `convtranspose2` (2x2, stride 2, twice the size) have
 * `${name}.bias`.
 */
export interface ConvolutionOp {
  readonly kind: "conv3x3" | "pointwise" | "conv1x1" | "convtranspose2";
  readonly name: string;
  readonly inputs: readonly [Value];
  /** Channels of the result. */
  readonly channels: number;
}

/**
 * Batch norm: `${name}.weight`, `.bias`, `.running_mean`, `.running_var`, `.num_batches_tracked`.
 */
export interface BatchNormOp {
  readonly kind: "batchnorm";
  readonly name: string;
  readonly inputs: readonly [Value];
}

/**
 * Group norm: `${name}.weight`, `.bias`. The channels are cut into `groups` groups of equal size;
 * instance norm has as many groups as channels.
 */
export interface GroupNormOp {
  readonly kind: "groupnorm";
  readonly name: string;
  readonly inputs: readonly [Value];
  readonly groups: number;
}

/**
 * In training, whole channels of an image, or single elements, become 0 with probability `p`;
 * otherwise nothing.
 */
export interface DropoutOp {
  readonly kind: "dropout";
  readonly name: string;
  readonly inputs: readonly [Value];
  /** From 0 to below 1. */
  readonly p: number;
  /** Whether it drops single elements. */
  readonly elements?: true;
}

/** ReLU; max-pooling 2x2, stride 2; bilinear upsampling to twice the size, corners aligned. */
export interface PlainOp {
  readonly kind: "relu" | "maxpool2" | "upsample2";
  readonly name: string;
  readonly inputs: readonly [Value];
}

/**
 * Concatenation along the channels, in the frame of the first input. Smaller inputs are centred
 * (rounded towards the top left) and padded with zeros.
 */
export interface ConcatOp {
  readonly kind: "concat";
  readonly name: string;
  readonly inputs: readonly Value[];
}

/** The first value, centred in the size of the second as in {@linkcode ConcatOp}. */
export interface AlignOp {
  readonly kind: "align";
  readonly name: string;
  readonly inputs: readonly [Value, Value];
}

/** The first value times the sigmoid of the second, which has its size and one channel. */
export interface GateOp {
  readonly kind: "gate";
  readonly name: string;
  readonly inputs: readonly [Value, Value];
}

/** The sum of two values of one shape. */
export interface AddOp {
  readonly kind: "add";
  readonly name: string;
  readonly inputs: readonly [Value, Value];
}

/** One operation. */
export type Op =
  | ConvolutionOp
  | BatchNormOp
  | GroupNormOp
  | DropoutOp
  | PlainOp
  | ConcatOp
  | AlignOp
  | GateOp
  | AddOp;

/** The name of an operation's kind. */
export type OpKind = Op["kind"];

/** The operations of one kind. */
export type OpOf<Kind extends OpKind> = Op & { readonly kind: Kind };

/** An output of the network: the input of the loss and the result of a prediction. */
export interface Output {
  /** The name of its tensor in plans and in ONNX files. */
  readonly name: string;
  readonly value: Value;
}

/** A network. */
export interface Graph {
  /** The name in files: "unet_64_transposed". */
  readonly name: string;
  /** The architecture's title: "U-Net". */
  readonly title: string;
  /** The options in words: "base width 64, transposed decoder". */
  readonly details: string;
  /** Channels of {@linkcode IMAGE}. */
  readonly inChannels: number;
  readonly ops: readonly Op[];
  /**
   * The outputs. The first one predicts and has one channel for each class. Others, each of half
   * the size of the one before, take part in the training loss (deep supervision).
   */
  readonly outputs: readonly [Output, ...Output[]];
}

/** The extent of a value. */
export interface Extent {
  readonly channels: number;
  /** The number of times that the image's sides were halved, rounded down each time. */
  readonly halvings: number;
}

/**
 * The extent of every value. Throws `RangeError` for an invalid graph: a value is read before it is
 * computed, a name occurs twice, or inputs do not fit together.
 */
export function extentsOf({ inChannels, ops, outputs }: Graph): Map<Value, Extent> {
  const extents = new Map<Value, Extent>([[IMAGE, { channels: inChannels, halvings: 0 }]]);
  const extentOf = (value: Value, reader: string) => {
    const extent = extents.get(value);
    if (!extent) throw new RangeError(`${reader} reads ${value}, which is not computed before`);
    return extent;
  };
  for (const op of ops) {
    if (extents.has(op.name)) throw new RangeError(`two values are called ${op.name}`);
    extents.set(op.name, resultOf(op, op.inputs.map((value) => extentOf(value, op.name))));
  }
  for (const { name, value } of outputs) extentOf(value, `output ${name}`);
  return extents;
}

function resultOf(op: Op, inputs: readonly Extent[]): Extent {
  const [first] = inputs;
  switch (op.kind) {
    case "conv3x3":
    case "pointwise":
    case "conv1x1":
      return { ...first, channels: op.channels };
    case "convtranspose2":
      return { channels: op.channels, halvings: first.halvings - 1 };
    case "upsample2":
      return { ...first, halvings: first.halvings - 1 };
    case "maxpool2":
      return { ...first, halvings: first.halvings + 1 };
    case "groupnorm":
      if (first.channels % op.groups !== 0) {
        throw new RangeError(`${op.name} divides ${first.channels} channels by ${op.groups}`);
      }
      return first;
    case "batchnorm":
    case "dropout":
    case "relu":
      return first;
    case "align":
      checkSizes(op, inputs);
      return first;
    case "concat":
      checkSizes(op, inputs);
      return { ...first, channels: inputs.reduce((sum, { channels }) => sum + channels, 0) };
    case "gate":
      checkSizes(op, inputs);
      if (inputs[1].channels !== 1) throw new RangeError(`${op.name} is gated by several channels`);
      return first;
    case "add":
      checkSizes(op, inputs);
      if (inputs.some(({ channels }) => channels !== first.channels)) {
        throw new RangeError(`${op.name} adds maps of different numbers of channels`);
      }
      return first;
  }
}

function checkSizes({ name }: Op, inputs: readonly Extent[]): void {
  if (inputs.every(({ halvings }) => halvings === inputs[0].halvings)) return;
  throw new RangeError(`${name} reads maps of different sizes`);
}

/** The graph without its dropouts, which do nothing but in training. */
export function withoutDropout(graph: Graph): Graph {
  if (graph.ops.every(({ kind }) => kind !== "dropout")) return graph;
  const sources = new Map<Value, Value>();
  const sourceOf = (value: Value) => sources.get(value) ?? value;
  const ops: Op[] = [];
  for (const op of graph.ops) {
    if (op.kind === "dropout") sources.set(op.name, sourceOf(op.inputs[0]));
    else ops.push({ ...op, inputs: op.inputs.map(sourceOf) } as unknown as Op);
  }
  const outputs = graph.outputs.map((output) => ({ ...output, value: sourceOf(output.value) }));
  return { ...graph, ops, outputs: outputs as unknown as Graph["outputs"] };
}

/** The number of halvings at the deepest level. */
export function halvingsOf(graph: Graph): number {
  return extentsOf(graph).values().reduce((most, { halvings }) => Math.max(most, halvings), 0);
}

/** The smallest side of an image for which every level has at least one pixel. */
export function smallestSide(graph: Graph): number {
  return 2 ** halvingsOf(graph);
}

/** Channels of the first output: one for each class. */
export function classesOf(graph: Graph): number {
  return extentsOf(graph).get(graph.outputs[0].value)!.channels;
}

/** The operations behind the first output, in order. */
export function opsOfFirstOutput({ ops, outputs: [{ value }] }: Graph): Op[] {
  const needed = new Set([value]);
  for (const { name, inputs } of ops.toReversed()) {
    if (needed.has(name)) inputs.forEach((input) => needed.add(input));
  }
  return ops.filter(({ name }) => needed.has(name));
}
