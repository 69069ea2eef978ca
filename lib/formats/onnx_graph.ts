/**
 * The building blocks of an ONNX file: nodes, constants, inputs and outputs, and the model around
 * them.
 *
 * Field numbers are those of onnx.proto3 in https://github.com/onnx/onnx.
 *
 * @module
 */
import { elementCount, type Tensor } from "../core/tensor.ts";
import { Message } from "./protobuf.ts";

/** Numbers of onnx.proto's TensorProto.DataType. */
const DataType = { float: 1, int64: 7 } as const;

/** Numbers of AttributeProto.AttributeType. */
const AttributeType = { float: 1, integer: 2, text: 3, integers: 7 } as const;

/** The version of the format that goes with operator set 17. */
const IR_VERSION = 8;

/** The version of the operators. */
const OPSET = 17;

/** An attribute: a number (a float if `float`), a text or a list of whole numbers. */
export type Attribute = number | string | readonly number[] | { readonly float: number };

/** An extent, fixed or by name. */
export type Dimension = number | string;

/** A graph under construction. Values (tensors between nodes) and nodes have names. */
export class OnnxGraph {
  readonly #nodes: Message[] = [];
  readonly #constants = new Map<string, Message>();
  readonly #inputs: Message[] = [];
  readonly #outputs: Message[] = [];

  /** Adds a node with one output of the same name and returns the name. */
  node(
    operator: string,
    name: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    output = name,
  ): string {
    const node = new Message();
    for (const input of inputs) node.text(1, input);
    node.text(2, output).text(3, name).text(4, operator);
    for (const [key, value] of Object.entries(attributes)) node.message(5, attribute(key, value));
    this.#nodes.push(node);
    return output;
  }

  /** Adds a float32 tensor; returns its name. */
  floats(name: string, { shape, data }: Tensor<Float32Array>): string {
    return this.#constant(name, DataType.float, shape, data);
  }

  /** Adds a list of whole numbers and returns its name. A name may be reused for equal lists. */
  integers(name: string, values: readonly number[]): string {
    const data = BigInt64Array.from(values, BigInt);
    return this.#constant(name, DataType.int64, [data.length], data);
  }

  input(name: string, dimensions: readonly Dimension[]): void {
    this.#inputs.push(floatValue(name, dimensions));
  }

  output(name: string, dimensions: readonly Dimension[]): void {
    this.#outputs.push(floatValue(name, dimensions));
  }

  /** The bytes of the whole file. */
  model(
    about: { name: string; description: string; producer: string; producerVersion: string },
    metadata: Readonly<Record<string, string>>,
  ): Message {
    const graph = new Message();
    for (const node of this.#nodes) graph.message(1, node);
    graph.text(2, about.name);
    for (const constant of this.#constants.values()) graph.message(5, constant);
    for (const input of this.#inputs) graph.message(11, input);
    for (const output of this.#outputs) graph.message(12, output);
    const model = new Message().integer(1, IR_VERSION)
      .text(2, about.producer).text(3, about.producerVersion).text(6, about.description)
      .message(7, graph)
      .message(8, new Message().text(1, "").integer(2, OPSET));
    for (const [key, value] of Object.entries(metadata)) {
      model.message(14, new Message().text(1, key).text(2, value));
    }
    return model;
  }

  #constant(
    name: string,
    type: number,
    shape: readonly number[],
    data: Float32Array | BigInt64Array,
  ): string {
    if (elementCount(shape) !== data.length) {
      throw new RangeError(`cannot write ${name}: shape [${shape}] with ${data.length} elements`);
    }
    const tensor = new Message();
    for (const extent of shape) tensor.integer(1, extent);
    tensor.integer(2, type).text(8, name);
    tensor.bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    this.#constants.set(name, tensor);
    return name;
  }
}

function attribute(name: string, value: Attribute): Message {
  const message = new Message().text(1, name);
  if (typeof value === "number") {
    return message.integer(3, value).integer(20, AttributeType.integer);
  }
  if (typeof value === "string") return message.text(4, value).integer(20, AttributeType.text);
  if ("float" in value) return message.float(2, value.float).integer(20, AttributeType.float);
  for (const item of value) message.integer(8, item);
  return message.integer(20, AttributeType.integers);
}

/** A ValueInfoProto of float32. */
function floatValue(name: string, dimensions: readonly Dimension[]): Message {
  const shape = new Message();
  for (const dimension of dimensions) {
    const message = new Message();
    if (typeof dimension === "number") message.integer(1, dimension);
    else message.text(2, dimension);
    shape.message(1, message);
  }
  const tensor = new Message().integer(1, DataType.float).message(2, shape);
  return new Message().text(1, name).message(2, new Message().message(1, tensor));
}
