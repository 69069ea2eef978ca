/**
 * Writes a trained network as an ONNX file (operator set 17), for onnxruntime and for viewers.
 *
 * The graph resembles the result of torch.onnx.export. Its input `image` is a normalised float
 * batch `[n, channels, height, width]`. Its output `logits` is `[n, classes, height, width]`. Batch
 * norms remain separate nodes and weights keep their state_dict names, so that a viewer shows the
 * trained network. Runtimes fold the batch norms. The metadata holds the normalisation and the
 * threshold.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import type { Tensors } from "../core/tensor.ts";
import { VERSION } from "../core/version.ts";
import {
  classesOf,
  type Graph,
  IMAGE,
  type Op,
  type OpKind,
  type OpOf,
  opsOfFirstOutput,
  smallestSide,
  type Value,
  withoutDropout,
} from "../network/graph.ts";
import { BATCH_NORM_EPSILON, GROUP_NORM_EPSILON } from "../plan/steps.ts";
import { type Dimension, OnnxGraph } from "./onnx_graph.ts";

/** Options of an ONNX file. */
export interface OnnxOptions {
  /** Fixes the height of the input in px. Give both {@linkcode width} and height, or neither. */
  readonly height?: number;
  /**
   * Fixes the width of the input in px. Without it the network accepts any size that it can halve.
   */
  readonly width?: number;
  /** The normalisation: `(grey / 255 - mean) / std`. */
  readonly mean: number;
  readonly std: number;
  /** The training size `[width, height]` in px. */
  readonly size: readonly [number, number];
  /** The threshold of the probability sigmoid(logits). */
  readonly threshold: number;
  /** Further entries of the metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The size limit of protocol buffers: 2 GiB. */
const MOST_BYTES = 2 ** 31 - 1;

/**
 * Writes the bytes of an ONNX file. `weights` are the float entries of the state_dict, from
 * checkWeights.
 *
 * The metadata holds `mean`, `std`, `size` ("WIDTHxHEIGHT"), `threshold`, and `input` and `output`
 * in words. Throws {@linkcode InputError} for an unsuitable input size and for a file beyond 2
 * GiB.
 */
export function writeOnnx(
  graph: Graph,
  weights: Tensors<Float32Array>,
  options: OnnxOptions,
): Uint8Array<ArrayBuffer> {
  checkSize(options, smallestSide(graph));
  const [height, width] = [options.height ?? "height", options.width ?? "width"];
  const [{ name: output, value: result }] = graph.outputs;
  const file = new OnnxGraph();
  file.input(IMAGE, ["n", graph.inChannels, height, width]);
  const writer = new Writer(file, weights, height, width, { [result]: output });
  for (const op of opsOfFirstOutput(withoutDropout(graph))) writer.add(op);
  file.output(output, ["n", classesOf(graph), height, width]);
  const { mean, std, size, threshold } = options;
  const model = file.model({
    name: graph.name,
    description: `A ${graph.title} that outlines lesions in 2D ultrasound images. Research use ` +
      "only, not a medical device.",
    producer: "Sonoseg",
    producerVersion: VERSION,
  }, {
    ...options.metadata,
    mean: String(mean),
    std: String(std),
    size: size.join("x"),
    threshold: String(threshold),
    input: "image: float32 [n, channels, height, width], (grey / 255 - mean) / std",
    output: "logits: float32 [n, classes, height, width]; lesion where sigmoid(logits) > threshold",
  });
  if (model.length > MOST_BYTES) {
    throw new InputError(
      `an ONNX file of this network would have ${model.length} bytes, but ${MOST_BYTES} are the most that ` +
        `the format can hold`,
    );
  }
  return model.finish();
}

function checkSize({ height, width }: OnnxOptions, smallest: number): void {
  if (height === undefined && width === undefined) return;
  for (const [name, side] of [["height", height], ["width", width]] as const) {
    if (side === undefined || !Number.isSafeInteger(side) || side < smallest) {
      throw new InputError(
        `${name} is ${
          side ?? "missing"
        }; a fixed size needs both sides, whole numbers of at least ` +
          `${smallest}`,
      );
    }
  }
}

/** Writes an operation's nodes. */
type NodeRule<Kind extends OpKind> = (op: OpOf<Kind>, writer: Writer) => void;

/**
 * Writes the nodes of a graph, operation by operation. Results have the names of their operations.
 */
class Writer {
  readonly file: OnnxGraph;
  readonly #weights: Tensors<Float32Array>;
  /** Names of results that differ from their operation's name. */
  readonly #names: Readonly<Record<Value, string>>;
  /** Values that have the size of the maps that they are joined with. */
  readonly #aligned = new Set<Value>();
  /** Height and width of each value; only with a fixed size. */
  readonly #sizes = new Map<Value, readonly [number, number]>();

  constructor(
    file: OnnxGraph,
    weights: Tensors<Float32Array>,
    height: Dimension,
    width: Dimension,
    names: Readonly<Record<Value, string>>,
  ) {
    this.file = file;
    this.#weights = weights;
    this.#names = names;
    if (typeof height === "number" && typeof width === "number") {
      this.#sizes.set(IMAGE, [height, width]);
    }
  }

  add(op: Op): void {
    const rule = NODES[op.kind] as (op: Op, writer: Writer) => void;
    rule(op, this);
    if (op.kind === "align") this.#aligned.add(op.name);
    const size = this.#sizes.get(op.kind === "align" ? op.inputs[1] : op.inputs[0]);
    if (!size) return;
    const factor = FACTORS[op.kind] ?? 1;
    this.#sizes.set(op.name, [Math.floor(size[0] * factor), Math.floor(size[1] * factor)]);
  }

  /** Adds a node that reads the operation's inputs and constants and computes its result. */
  node(
    operator: string,
    { name, inputs }: Op,
    constants: readonly string[] = [],
    attributes: Parameters<OnnxGraph["node"]>[3] = {},
  ): void {
    const values = inputs.map((value) => this.#nameOf(value));
    this.file.node(operator, name, [...values, ...constants], attributes, this.#nameOf(name));
  }

  #nameOf(value: Value): string {
    return this.#names[value] ?? value;
  }

  parameters({ name: prefix }: Op, ...kinds: readonly string[]): string[] {
    return kinds.map((kind) => {
      const name = `${prefix}.${kind}`;
      return this.file.floats(name, this.#weights[name]);
    });
  }

  /** Writes a group norm as an instance norm of its groups, and an instance norm as itself. */
  groupNorm(op: OpOf<"groupnorm">): void {
    const { file } = this;
    const { name, inputs: [input], groups } = op;
    const epsilon = { epsilon: { float: GROUP_NORM_EPSILON } };
    if (groups === this.#weights[`${name}.weight`].data.length) {
      this.node("InstanceNormalization", op, this.parameters(op, "weight", "bias"), epsilon);
      return;
    }
    const same = (kind: string, value: number) => {
      const data = new Float32Array(groups).fill(value);
      return file.floats(`${name}.${kind}`, { shape: [groups], data });
    };
    const perChannel = (kind: string) => {
      const { data } = this.#weights[`${name}.${kind}`];
      return file.floats(`${name}.${kind}`, { shape: [data.length, 1, 1], data });
    };
    const from = this.#nameOf(input);
    const grouped = file.node("Reshape", `${name}.grouped`, [
      from,
      file.integers(`${name}.groups`, [0, groups, -1]),
    ]);
    const plain = [grouped, same("ones", 1), same("zeros", 0)];
    const norm = file.node("InstanceNormalization", `${name}.plain`, plain, epsilon);
    const shape = file.node("Shape", `${name}.shape`, [from]);
    const map = file.node("Reshape", `${name}.map`, [norm, shape]);
    const scaled = file.node("Mul", `${name}.scaled`, [map, perChannel("weight")]);
    file.node("Add", name, [scaled, perChannel("bias")], {}, this.#nameOf(name));
  }

  /** Pads `value` with zeros to the size of `frame`. */
  aligned(value: Value, frame: Value): string {
    const [name, frameName] = [this.#nameOf(value), this.#nameOf(frame)];
    if (this.#aligned.has(value)) return name;
    const [frameSize, size] = [this.#sizes.get(frame), this.#sizes.get(value)];
    if (!frameSize || !size) return this.#padded(name, frameName);
    const [rows, columns] = frameSize.map((side, axis) => side - size[axis]);
    if (rows === 0 && columns === 0) return name;
    const [top, left] = [rows >> 1, columns >> 1];
    const pads = [0, 0, top, left, 0, 0, rows - top, columns - left];
    const constant = this.file.integers(`${name}.pads`, pads);
    return this.file.node("Pad", `${name}.padded`, [name, constant]);
  }

  /**
   * Pads `value` to the height and width of `frame`, which are known only at run time: half before,
   * the rest after.
   */
  #padded(value: string, frame: string): string {
    const { file } = this;
    const sides = { start: 2, end: 4 };
    const wanted = file.node("Shape", `${value}.wanted`, [frame], sides);
    const given = file.node("Shape", `${value}.given`, [value], sides);
    const missing = file.node("Sub", `${value}.missing`, [wanted, given]);
    const before = file.node("Div", `${value}.before`, [missing, file.integers("two", [2])]);
    const after = file.node("Sub", `${value}.after`, [missing, before]);
    const none = file.integers("none", [0, 0]);
    const pads = file.node("Concat", `${value}.pads`, [none, before, none, after], { axis: 0 });
    return file.node("Pad", `${value}.padded`, [value, pads]);
  }
}

/** The factor by which an operation changes height and width. */
const FACTORS: Readonly<Partial<Record<OpKind, number>>> = {
  maxpool2: 0.5,
  convtranspose2: 2,
  upsample2: 2,
};

const NODES: { readonly [Kind in OpKind]: NodeRule<Kind> } = {
  conv3x3: (op, writer) =>
    writer.node("Conv", op, writer.parameters(op, "weight"), {
      kernel_shape: [3, 3],
      pads: [1, 1, 1, 1],
    }),
  pointwise: (op, writer) =>
    writer.node("Conv", op, writer.parameters(op, "weight"), { kernel_shape: [1, 1] }),
  conv1x1: (op, writer) =>
    writer.node("Conv", op, writer.parameters(op, "weight", "bias"), { kernel_shape: [1, 1] }),
  convtranspose2: (op, writer) =>
    writer.node("ConvTranspose", op, writer.parameters(op, "weight", "bias"), {
      kernel_shape: [2, 2],
      strides: [2, 2],
    }),
  /** Batch norm with the running statistics. */
  batchnorm(op, writer) {
    const statistics = writer.parameters(op, "weight", "bias", "running_mean", "running_var");
    writer.node("BatchNormalization", op, statistics, { epsilon: { float: BATCH_NORM_EPSILON } });
  },
  /**
   * Group norm as torch.onnx.export writes it: an instance norm of each group, as if it were one
   * channel, then scale and shift of each channel. GroupNormalization needs operator set 21.
   */
  groupnorm: (op, writer) => writer.groupNorm(op),
  /** Nothing reads it, see withoutDropout(). */
  dropout: () => {},
  relu: (op, writer) => writer.node("Relu", op),
  maxpool2: (op, writer) =>
    writer.node("MaxPool", op, [], { kernel_shape: [2, 2], strides: [2, 2] }),
  upsample2(op, writer) {
    const scales = writer.file.floats("twice", { shape: [4], data: Float32Array.of(1, 1, 2, 2) });
    writer.node("Resize", op, ["", scales], {
      mode: "linear",
      coordinate_transformation_mode: "align_corners",
    });
  },
  concat({ name, inputs }, writer) {
    const [frame, ...others] = inputs;
    const parts = [frame, ...others.map((value) => writer.aligned(value, frame))];
    writer.file.node("Concat", name, parts, { axis: 1 });
  },
  align({ name, inputs: [value, frame] }, writer) {
    writer.file.node("Identity", name, [writer.aligned(value, frame)]);
  },
  gate({ name, inputs: [value, gate] }, writer) {
    const weight = writer.file.node("Sigmoid", `${name}.weight`, [gate]);
    writer.file.node("Mul", name, [value, weight]);
  },
  add: (op, writer) => writer.node("Add", op),
};
