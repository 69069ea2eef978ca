/**
 * Random networks with PyTorch's gradients, which random_networks.py makes.
 *
 * @module
 */
import type { Tensors } from "../../lib/core/tensor.ts";
import { readSafetensors } from "../../lib/formats/safetensors.ts";
import type { ExactStep } from "../support/gradient_errors.ts";
import { withPrefix } from "../support/reference_data.ts";
import { networkOfPython } from "../support/python_options.ts";
import { inTemporaryFolder } from "../support/temporary.ts";
import { runPython } from "./programs.ts";

/** A network is made with so many others at a time. */
const AT_ONCE = 20;

/** A network, a batch, and the gradients of one training step by PyTorch. */
export interface RandomNetwork {
  /** For messages. */
  readonly title: string;
  /** `exact` is PyTorch's float64. */
  readonly step: ExactStep;
  readonly float32: Tensors;
  /** Float32 by PyTorch's other kernels. */
  readonly other: Tensors;
}

/** Makes the first `count` networks and calls `use` with each. */
export async function withRandomNetworks(
  count: number,
  use: (network: RandomNetwork) => Promise<void>,
): Promise<void> {
  for (let first = 0; first < count; first += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, count - first) }, (_, i) => first + i);
    await inTemporaryFolder(async (folder) => {
      const range = [first, numbers.length].map(String);
      runPython(["tests/interop/random_networks.py", folder, ...range]);
      for (const number of numbers) await use(readNetwork(folder, number));
    });
  }
}

function readNetwork(folder: string, number: number): RandomNetwork {
  const options = JSON.parse(Deno.readTextFileSync(`${folder}/${number}.json`));
  const { tensors } = readSafetensors(Deno.readFileSync(`${folder}/${number}.safetensors`));
  const { input, target } = tensors;
  const network = networkOfPython(options);
  const decoder = network.bilinear ? "bilinear" : "transposed";
  const [n, , height, width] = input.shape;
  return {
    title: `network ${number} (base ${network.base}, ${decoder}, ${n} x ${width}x${height})`,
    step: {
      network,
      weights: withPrefix("init.", tensors),
      input,
      target,
      exact: withPrefix("exact.", tensors),
    },
    float32: withPrefix("float32.", tensors),
    other: withPrefix("other.", tensors),
  };
}
