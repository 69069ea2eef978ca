/**
 * Does this machine compute a model as the one that trained it? The test vector inside the model tells.
 *
 * @module
 */
import type { Engine } from "../engine/engine.ts";
import { planPrediction } from "../plan/planners.ts";
import { DeviceError, InputError } from "../core/errors.ts";
import { checkTestVector } from "../model/model_card.ts";
import type { Model } from "../model/model_file.ts";
import type { Say } from "./terminal/say.ts";
import { graphOf } from "../network/architectures.ts";

/** What a model's test vector tells of an engine. */
export interface ModelFinding {
  readonly passed: boolean;
  /** The errors, in words. */
  readonly figures: string;
}

/** Throws {@linkcode InputError} for a model without a test vector. */
export function checkHasVector({ path, info }: Model): void {
  if (info?.card !== undefined) return;
  throw new InputError(
    `${path} carries no test vector, so it cannot be verified: ${
      info === undefined
        ? "it was written by another program"
        : "an earlier Sonoseg wrote it; train on with train --resume, and the next checkpoint has one"
    }`,
  );
}

/** Runs a model's test vector on an engine. Throws {@linkcode InputError} for a model that has none. */
export async function examineModel(engine: Engine, model: Model): Promise<ModelFinding> {
  checkHasVector(model);
  const { network, weights, info } = model;
  const { card, config: { width, height, mean, std } } = info!;
  const { testVector } = card!;
  const plan = planPrediction(graphOf(network), { n: 1, width, height, mean, std });
  const predictor = await engine.predictor(plan, weights);
  try {
    const { error, passed } = await checkTestVector(predictor, testVector, { width, height });
    const figures = `${testVector.logits.length} logits of its test image, largest error ${
      error.toExponential(1)
    }, at most ${testVector.tolerance} is rounding`;
    return { passed, figures };
  } finally {
    predictor.close();
  }
}

/** {@linkcode examineModel} that says what was found, and throws {@linkcode DeviceError} when the logits are wrong. */
export async function checkModel(engine: Engine, model: Model, say: Say): Promise<void> {
  const { passed, figures } = await examineModel(engine, model);
  if (!passed) {
    throw new DeviceError(
      `this machine computes ${model.path} wrongly (${figures}); its predictions cannot be trusted. deno task doctor ` +
        `finds which step is wrong; --device cpu may do better`,
    );
  }
  say.line(`verified ${figures}`);
}
