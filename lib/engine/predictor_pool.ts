/**
 * Predictors of several models. All stay open where they fit into the engine's memory together;
 * otherwise one at a time is open, which takes longer and changes no result.
 *
 * @module
 */
import type { Tensors } from "../core/tensor.ts";
import type { Plan } from "../plan/plan.ts";
import type { Engine, Predictor } from "./engine.ts";

/** A network to predict with. */
export interface PooledNetwork {
  readonly plan: Plan;
  readonly weights: Tensors;
}

/**
 * Opens a predictor for each network. They run one after the other: a call that begins before
 * another ends may close its predictor.
 *
 * @throws {InputError} when a plan alone does not fit into the memory limit.
 * @throws {OutOfMemoryError} when the GPU has less memory than it needs.
 */
export async function openPredictors(
  engine: Engine,
  networks: readonly PooledNetwork[],
): Promise<Predictor[]> {
  const open = ({ plan, weights }: PooledNetwork) => engine.predictor(plan, weights);
  const bytes = memoryOf(engine, networks);
  const fits = networks.length === 1 ||
    bytes <= engine.memoryLimit && await engine.canHold(bytes);
  if (!fits) return inTurn(networks, open);
  const predictors: Predictor[] = [];
  for (const network of networks) predictors.push(await open(network));
  return predictors;
}

/** The bytes that networks take together. */
export function memoryOf(
  engine: Pick<Engine, "memoryNeeded">,
  networks: readonly PooledNetwork[],
): number {
  return networks.reduce((sum, { plan }) => sum + engine.memoryNeeded([plan]), 0);
}

/** Predictors of which one at a time is open: the one that ran last. */
function inTurn(
  networks: readonly PooledNetwork[],
  open: (network: PooledNetwork) => Promise<Predictor>,
): Predictor[] {
  let current: { network: PooledNetwork; predictor: Predictor } | undefined;
  return networks.map((network) => ({
    async run(images, n) {
      if (current?.network !== network) {
        current?.predictor.close();
        current = undefined;
        current = { network, predictor: await open(network) };
      }
      return await current.predictor.run(images, n);
    },
    close() {
      if (current?.network !== network) return;
      current.predictor.close();
      current = undefined;
    },
  }));
}
