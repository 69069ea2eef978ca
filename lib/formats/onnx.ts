/**
 * Writing a trained network as an ONNX file (operator set 17), for onnxruntime and for viewers.
 *
 * The graph is what torch.onnx.export would make of the PyTorch module: its input `image` is a float batch
 * `[n, channels, height, width]` that the caller has normalised, its output `logits` is `[n, classes, height, width]`.
 * Batch norms stay nodes of their own, and weights keep their state_dict names, so that a viewer shows the network as
 * it was trained; runtimes fold them. How to normalise and where to cut is in the metadata.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import type { Tensors } from "../core/tensor.ts";
import {
  type ConvolutionLayer,
  IMAGE,
  type Layer,
  layersOf,
  type Network,
  SMALLEST_SIDE,
} from "../network/network.ts";
import { VERSION } from "../core/version.ts";
import { type Dimension, OnnxGraph } from "./onnx_graph.ts";

/** What an ONNX file is to say. */
export interface OnnxOptions {
  /** Fixes the height of the input, px; with {@linkcode width} or not at all. */
  readonly height?: number;
  /** Fixes the width of the input, px. Left out, the file takes any size from 16 px a side. */
  readonly width?: number;
  /** Grey values are divided by 255, then `(x - mean) / std`. */
  readonly mean: number;
  readonly std: number;
  /** The size at which the network was trained, `[width, height]` in px. */
  readonly size: readonly [number, number];
  /** Where the probability, sigmoid(logits), says lesion. */
  readonly threshold: number;
  /** Further entries of the metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Protocol buffers end at 2 GiB. */
const MOST_BYTES = 2 ** 31 - 1;
const LOGITS = "logits";
const EPSILON = 1e-5;

/**
 * The bytes of an ONNX file. `weights` are the float entries of the state_dict, as checkWeights gives them.
 *
 * The metadata holds `mean`, `std`, `size` ("WIDTHxHEIGHT"), `threshold`, and `input` and `output` in words.
 * Throws {@linkcode InputError} for a size that the network cannot take and beyond 2 GiB.
 */
export function writeOnnx(
  network: Network,
  weights: Tensors<Float32Array>,
  options: OnnxOptions,
): Uint8Array<ArrayBuffer> {
  checkSize(options);
  const { inChannels, classes, base, bilinear } = network;
  const [height, width] = [options.height ?? "height", options.width ?? "width"];
  const graph = new OnnxGraph();
  graph.input(IMAGE, ["n", inChannels, height, width]);
  const draft = new Draft(graph, weights, height, width);
  for (const layer of layersOf(network)) draft.add(layer);
  graph.output(LOGITS, ["n", classes, height, width]);
  const { mean, std, size, threshold } = options;
  const model = graph.model({
    name: `unet_${base}_${bilinear ? "bilinear" : "transposed"}`,
    description:
      "A U-Net that outlines lesions in 2D ultrasound images. Research use only, not a " +
      "medical device.",
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

function checkSize({ height, width }: OnnxOptions): void {
  if (height === undefined && width === undefined) return;
  for (const [name, side] of [["height", height], ["width", width]] as const) {
    if (side === undefined || !Number.isSafeInteger(side) || side < SMALLEST_SIDE) {
      throw new InputError(
        `${name} is ${
          side ?? "missing"
        }; a fixed size needs both sides, whole numbers of at least ` +
          `${SMALLEST_SIDE}`,
      );
    }
  }
}

/** A graph while layers are added to it. */
class Draft {
  readonly #graph: OnnxGraph;
  readonly #weights: Tensors<Float32Array>;
  /** The name of the value that a layer's readers read. */
  readonly #values = new Map([[IMAGE, IMAGE]]);
  /** Height and width of what a layer gives; only with a fixed size. */
  readonly #sizes = new Map<string, readonly [number, number]>();

  constructor(
    graph: OnnxGraph,
    weights: Tensors<Float32Array>,
    height: Dimension,
    width: Dimension,
  ) {
    this.#graph = graph;
    this.#weights = weights;
    if (typeof height === "number" && typeof width === "number") {
      this.#sizes.set(IMAGE, [height, width]);
    }
  }

  add(layer: Layer): void {
    if (layer.kind === "convolution") return this.#convolution(layer);
    const graph = this.#graph;
    const { name } = layer;
    const input = this.#values.get(layer.input)!;
    const size = this.#sizes.get(layer.input);
    const scaled = (factor: number) => {
      if (size) this.#sizes.set(name, [Math.floor(size[0] * factor), Math.floor(size[1] * factor)]);
    };
    switch (layer.kind) {
      case "pool":
        graph.node("MaxPool", name, [input], { kernel_shape: [2, 2], strides: [2, 2] });
        scaled(0.5);
        break;
      case "transposed":
        graph.node("ConvTranspose", name, [input, ...this.#parameters(name, "weight", "bias")], {
          kernel_shape: [2, 2],
          strides: [2, 2],
        });
        scaled(2);
        break;
      case "bilinear": {
        const scales = graph.floats("twice", { shape: [4], data: Float32Array.of(1, 1, 2, 2) });
        graph.node("Resize", name, [input, "", scales], {
          mode: "linear",
          coordinate_transformation_mode: "align_corners",
        });
        scaled(2);
        break;
      }
      case "head": {
        const inputs = [input, ...this.#parameters(name, "weight", "bias")];
        graph.node("Conv", name, inputs, { kernel_shape: [1, 1] }, LOGITS);
        return;
      }
    }
    this.#values.set(name, name);
  }

  /** Convolution, batch norm with the running statistics, ReLU. */
  #convolution(layer: ConvolutionLayer): void {
    const { name, norm } = layer;
    const graph = this.#graph;
    const input = layer.inputs.length === 1
      ? this.#values.get(layer.inputs[0])!
      : graph.node("Concat", `${name}.input`, this.#aligned(layer), { axis: 1 });
    graph.node("Conv", name, [input, ...this.#parameters(name, "weight")], {
      kernel_shape: [3, 3],
      pads: [1, 1, 1, 1],
    });
    const statistics = this.#parameters(norm, "weight", "bias", "running_mean", "running_var");
    graph.node("BatchNormalization", norm, [name, ...statistics], { epsilon: { float: EPSILON } });
    this.#values.set(name, graph.node("Relu", `${name}.relu`, [norm]));
    const size = this.#sizes.get(layer.inputs[0]);
    if (size) this.#sizes.set(name, size);
  }

  /** What a decoder's convolution reads: the skip connection and the upsampled map, zeros around it where it is smaller. */
  #aligned({ inputs }: ConvolutionLayer): string[] {
    const [skip, upsampled] = inputs.map((name) => this.#values.get(name)!);
    const [skipSize, size] = inputs.map((name) => this.#sizes.get(name));
    if (!skipSize || !size) return [skip, this.#padded(skip, upsampled)];
    const [rows, columns] = skipSize.map((side, axis) => side - size[axis]);
    if (rows === 0 && columns === 0) return [skip, upsampled];
    const [top, left] = [rows >> 1, columns >> 1];
    const pads = [0, 0, top, left, 0, 0, rows - top, columns - left];
    const constant = this.#graph.integers(`${upsampled}.pads`, pads);
    return [skip, this.#graph.node("Pad", `${upsampled}.padded`, [upsampled, constant])];
  }

  /** Pads `value` to the height and width of `skip`, which are known only when the graph runs: half before, the rest after. */
  #padded(skip: string, value: string): string {
    const graph = this.#graph;
    const sides = { start: 2, end: 4 };
    const wanted = graph.node("Shape", `${value}.wanted`, [skip], sides);
    const given = graph.node("Shape", `${value}.given`, [value], sides);
    const missing = graph.node("Sub", `${value}.missing`, [wanted, given]);
    const before = graph.node("Div", `${value}.before`, [missing, graph.integers("two", [2])]);
    const after = graph.node("Sub", `${value}.after`, [missing, before]);
    const none = graph.integers("none", [0, 0]);
    const pads = graph.node("Concat", `${value}.pads`, [none, before, none, after], { axis: 0 });
    return graph.node("Pad", `${value}.padded`, [value, pads]);
  }

  #parameters(prefix: string, ...kinds: readonly string[]): string[] {
    return kinds.map((kind) => {
      const name = `${prefix}.${kind}`;
      return this.#graph.floats(name, this.#weights[name]);
    });
  }
}
