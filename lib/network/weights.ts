/**
 * The weights of a network: initialisation, and the check of weights from a file.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { listed } from "../core/printable.ts";
import { RandomStream } from "../core/random.ts";
import { elementCount, type Tensor, type Tensors } from "../core/tensor.ts";
import type { Graph } from "./graph.ts";
import { counterNames, parametersOf, type ParameterSpec } from "./parameters.ts";

/**
 * PyTorch's default initialisation: weights and biases of convolutions uniform in +-1/sqrt(fan-in),
 * which is torch.nn.init.kaiming_uniform_ with a = sqrt(5); batch norms with scale 1, shift 0, mean
 * 0, variance 1. Every tensor has its own random stream, keyed by the seed (a whole number) and its
 * place in the state_dict.
 */
export function initialWeights(graph: Graph, seed: number): Tensors<Float32Array> {
  const weights: Tensors<Float32Array> = {};
  for (const [index, { name, shape, fanIn }] of parametersOf(graph).entries()) {
    const data = new Float32Array(elementCount(shape));
    if (fanIn > 0) {
      const random = new RandomStream(seed, "weights", 0, index);
      const bound = 1 / Math.sqrt(fanIn);
      for (let i = 0; i < data.length; i++) data[i] = (2 * random.uniform() - 1) * bound;
    } else if (name.endsWith(".weight") || name.endsWith(".running_var")) {
      data.fill(1);
    }
    weights[name] = { shape, data };
  }
  return weights;
}

/**
 * Checks a state_dict against a network. Returns its float entries as float32, in PyTorch's order.
 *
 * Throws {@linkcode InputError}, beginning with `name` (a file) and naming the tensor, for a
 * missing or unknown entry, a wrong shape, values that are not floating point or not finite, and a
 * negative running variance. The counters `num_batches_tracked` may be absent, as in very old
 * files.
 */
export function checkWeights(
  graph: Graph,
  tensors: Tensors,
  name: string,
): Tensors<Float32Array> {
  const specs = parametersOf(graph);
  const counters = counterNames(graph);
  const known = new Set([...specs.map((spec) => spec.name), ...counters]);
  const model = `a ${graph.title} of ${graph.details}`;
  const missing = specs.filter((spec) => !Object.hasOwn(tensors, spec.name));
  if (missing.length > 0) {
    const isStatistic = ({ name }: ParameterSpec) => /\.running_(mean|var)$/.test(name);
    const isBare = missing.every(isStatistic) &&
      specs.filter(isStatistic).length === missing.length;
    throw new InputError(
      `${name} lacks ${listed(missing.map((spec) => spec.name))}, which ${model} needs` +
        (isBare
          ? "; model.state_dict() has them, unless its norms keep none, such as GroupNorm"
          : ""),
    );
  }
  const unknown = Object.keys(tensors).filter((key) => !known.has(key));
  if (unknown.length > 0) {
    throw new InputError(`${name} holds ${listed(unknown)}, which ${model} does not have`);
  }
  const [first, ...others] = specs.filter((spec) =>
    tensors[spec.name].shape.join() !== spec.shape.join()
  );
  if (first !== undefined) {
    const more = others.length === 0
      ? ""
      : `; ${listed(others.map((spec) => spec.name))} differ too`;
    throw new InputError(
      `${name}: ${first.name} has shape [${
        tensors[first.name].shape.slice(0, 8).join(", ")
      }], but ` +
        `${model} needs [${first.shape.join(", ")}]${more}`,
    );
  }
  const weights: Tensors<Float32Array> = {};
  for (const { name: key } of specs) weights[key] = finiteFloats(key, tensors[key], name);
  batchesTracked(graph, tensors, name);
  return weights;
}

/**
 * The number of batches that the batch norms have tracked: the largest `num_batches_tracked`, 0 if
 * there is none. Throws {@linkcode InputError} for an invalid counter.
 */
export function batchesTracked(graph: Graph, tensors: Tensors, name: string): number {
  let most = 0;
  for (const counter of counterNames(graph)) {
    if (!Object.hasOwn(tensors, counter)) continue;
    const { data } = tensors[counter];
    const count = Number(data[0]);
    if (data.length !== 1 || !Number.isSafeInteger(count) || count < 0) {
      throw new InputError(`${name}: ${counter} is not a single whole number of at least 0`);
    }
    most = Math.max(most, count);
  }
  return most;
}

function finiteFloats(key: string, { shape, data }: Tensor, name: string): Tensor<Float32Array> {
  if (!(data instanceof Float32Array || data instanceof Float64Array)) {
    throw new InputError(`${name}: ${key} holds whole numbers, but weights are floating point`);
  }
  const floats = data instanceof Float32Array ? data : Float32Array.from(data);
  const smallest = key.endsWith(".running_var") ? 0 : -Infinity;
  for (let i = 0; i < floats.length; i++) {
    if (!Number.isFinite(floats[i])) {
      throw new InputError(`${name}: ${key} holds ${data[i]}; weights must be finite`);
    }
    if (floats[i] < smallest) {
      throw new InputError(`${name}: ${key} holds ${data[i]}; a variance cannot be negative`);
    }
  }
  return { shape, data: floats };
}
