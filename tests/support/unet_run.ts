/**
 * Runs a whole network through plans with float input, only by `runSteps`. The persistent tensors
 * are passed in and out of every run, so that a test can read all of them.
 *
 * @module
 */
import type { Tensor, Tensors } from "../../lib/core/tensor.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { type Network } from "../../lib/network/network.ts";
import { parametersOf } from "../../lib/network/parameters.ts";
import { type BatchShape, type Plan } from "../../lib/plan/plan.ts";
import { planEvaluation, planPrediction, planTraining } from "../../lib/plan/planners.ts";

/** The float entries of a state_dict, which plans use. */
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

  /** The current state_dict. */
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

  /**
   * Runs one training step. Returns `logits` and `loss` from before the update and, if wanted,
   * `grad.*`.
   */
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
