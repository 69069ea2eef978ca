/**
 * Deterministic tensors that any language can reproduce, so that large inputs need no file. A seed
 * (FNV-1a, xor the global seed) and a key are derived from a tensor's name. Element i is a hash of
 * i (fmix32, the finaliser of MurmurHash3) as a 24-bit fraction in [-1, 1), times a bound. The
 * result is exact in float32.
 *
 * @module
 */
import { elementCount, type Tensor, type Tensors } from "../../lib/core/tensor.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { type Network } from "../../lib/network/network.ts";
import { counterNames, parametersOf } from "../../lib/network/parameters.ts";

const GLOBAL_SEED = 0x5eed0001;

function fmix32(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function fnv1a(name: string): number {
  let h = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) h = Math.imul(h ^ byte, 0x01000193);
  return h >>> 0;
}

/** A tensor in [-bound, bound). */
export function recipeTensor(
  name: string,
  shape: readonly number[],
  bound: number,
  globalSeed = GLOBAL_SEED,
): Tensor<Float32Array> {
  const seed = (fnv1a(name) ^ globalSeed) >>> 0;
  const key = fmix32(seed ^ 0x9e3779b9);
  const factor = Math.fround(bound);
  const data = new Float32Array(elementCount(shape));
  for (let i = 0; i < data.length; i++) {
    const hash = fmix32(fmix32((i + seed) >>> 0) ^ key);
    data[i] = ((hash >>> 8) - 8388608) / 8388608 * factor;
  }
  return { shape, data };
}

/** A state_dict from the recipe: weights scaled by their fan-in, fresh statistics. */
export function recipeWeights(network: Network, globalSeed = GLOBAL_SEED): Tensors {
  const weights: Tensors = {};
  for (const { name, shape } of parametersOf(graphOf(network))) {
    const fanIn = elementCount(shape.slice(1));
    if (shape.length === 4) {
      weights[name] = recipeTensor(name, shape, Math.sqrt(6 / fanIn), globalSeed);
    } else if (name.endsWith(".bias")) {
      weights[name] = recipeTensor(name, shape, 0.1, globalSeed);
    } else if (name.endsWith(".weight")) {
      const { data } = recipeTensor(name, shape, 0.5, globalSeed);
      weights[name] = { shape, data: data.map((value) => 1 + value) };
    } else {
      const fresh = name.endsWith(".running_var") ? 1 : 0;
      weights[name] = { shape, data: new Float32Array(elementCount(shape)).fill(fresh) };
    }
  }
  for (const name of counterNames(graphOf(network))) {
    weights[name] = { shape: [], data: new BigInt64Array(1) };
  }
  return weights;
}
