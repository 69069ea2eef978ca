/**
 * Does this machine compute a model as the one that trained it? The test vector inside the model tells.
 *
 * @module
 */
import type { Engine } from "../engine/engine.ts";
import { planPrediction } from "../engine/plan.ts";
import { DeviceError, InputError } from "../errors.ts";
import { checkTestVector } from "../train/model_card.ts";
import type { Model } from "../train/model_file.ts";
import type { Say } from "./say.ts";

/**
 * Runs a model's test vector on an engine and says what was found. Throws {@linkcode InputError} for a model that has
 * none, {@linkcode DeviceError} with the figures when the logits are wrong.
 */
export async function checkModel(engine: Engine, model: Model, say: Say): Promise<void> {
  const { path, network, weights, info } = model;
  if (info?.card === undefined) {
    throw new InputError(
      `${path} carries no test vector, so it cannot be verified: ${
        info === undefined
          ? "it was written by another program"
          : "an earlier Sonoseg wrote it; train on with train --resume, and the next checkpoint has one"
      }`,
    );
  }
  const { width, height, mean, std } = info.config;
  const plan = planPrediction(network, { n: 1, width, height, mean, std });
  const predictor = await engine.predictor(plan, weights);
  try {
    const { testVector } = info.card;
    const { error, passed } = await checkTestVector(predictor, testVector, { width, height });
    const figures = `${testVector.logits.length} logits of its test image, largest error ${
      error.toExponential(1)
    }, at most ${testVector.tolerance} is rounding`;
    if (!passed) {
      throw new DeviceError(
        `this machine computes ${path} wrongly (${figures}); its predictions cannot be trusted. deno task doctor ` +
          `finds which step is wrong; --device cpu may do better`,
      );
    }
    say.line(`verified ${figures}`);
  } finally {
    predictor.close();
  }
}
