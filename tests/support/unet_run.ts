/**
 * A whole network driven through plans with float input, by `runSteps` alone: what the engine keeps between runs is
 * handed back and forth, so that everything can be looked at.
 *
 * @module
 */
import type { Engine } from "../../lib/engine/engine.ts";
import { type BatchShape, type Plan } from "../../lib/plan/plan.ts";
import { planEvaluation, planPrediction, planTraining } from "../../lib/plan/planners.ts";
import type { Tensor, Tensors } from "../../lib/core/tensor.ts";
import { type Network } from "../../lib/network/network.ts";
import { parametersOf } from "../../lib/network/parameters.ts";
import { graphOf } from "../../lib/network/architectures.ts";

/** The float entries of a state_dict: what plans know. */
export function floatEntries(network: Network, tensors: Tensors): Tensors {
  return Object.fromEntries(
    parametersOf(graphOf(network)).map(({ name }) => [name, tensors[name]]),
  );
}

/** One network on one engine with one batch `input`, `target` of floats `[n, c, h, w]`. */
export class UnetRun {
  readonly #engine: Engine;
  readonly #network: Network;
  readonly #shape: BatchShape;
  readonly #batch: Tensors;
  #kept: Tensors;
  #step = 0;

  constructor(engine: Engine, network: Network, weights: Tensors, input: Tensor, target: Tensor) {
    const [n, , height, width] = input.shape;
    this.#engine = engine;
    this.#network = network;
    this.#shape = { n, height, width, mean: 0, std: 1, input: "plane" };
    this.#batch = { input, mask: target };
    this.#kept = floatEntries(network, weights);
  }

  /** The state_dict as it is now. */
  get weights(): Tensors {
    return floatEntries(this.#network, this.#kept);
  }

  set weights(tensors: Tensors) {
    this.#kept = floatEntries(this.#network, tensors);
  }

  /** `logits` and `loss` with the running statistics. */
  evaluate(): Promise<Tensors> {
    const tensors = { ...this.weights, ...this.#batch };
    return this.#engine.runSteps(planEvaluation(graphOf(this.#network), this.#shape), tensors, [
      "logits",
      "loss",
    ]);
  }

  /** `logits` with the batch norms folded into the weights. */
  predict(): Promise<Tensors> {
    const tensors = { ...this.weights, input: this.#batch.input };
    return this.#engine.runSteps(planPrediction(graphOf(this.#network), this.#shape), tensors, [
      "logits",
    ]);
  }

  /** One training step; gives `logits` and `loss` from before the update, and `grad.*` where asked. */
  async step(learningRate: number, withGradients = false): Promise<Tensors> {
    const plan = planTraining(graphOf(this.#network), this.#shape);
    const rate = { shape: [2], data: Float32Array.of(learningRate, ++this.#step) };
    const gradients = withGradients ? gradientsOf(plan) : [];
    const outputs = ["logits", "loss", ...gradients];
    const results = await this.#engine.runSteps(
      { ...plan, outputs },
      { ...this.#kept, ...this.#batch, rate },
      [...outputs, ...plan.persistent],
    );
    for (const name of plan.persistent) this.#kept[name] = results[name];
    return results;
  }
}

/** The names of the parameters' gradients. */
function gradientsOf(plan: Plan): string[] {
  return plan.tensors.map(({ name }) => name).filter((name) => name.startsWith("grad."));
}
