/**
 * Checks an engine against the test vector in a model, which the training engine computed.
 *
 * @module
 */
import { DeviceError, InputError } from "../core/errors.ts";
import { command, sentence, setting } from "../core/sentence.ts";
import type { Engine } from "../engine/engine.ts";
import { checkTestVector } from "./model_card.ts";
import type { Model } from "./model_file.ts";
import { networkToPredict } from "./model_input.ts";

/** The result of a model's test vector on an engine. */
export interface ModelFinding {
  readonly passed: boolean;
  /** The errors, in words. */
  readonly figures: string;
}

/** Throws {@linkcode InputError} for a model without a test vector. */
export function checkHasVector({ path, info }: Model): void {
  if (info?.card !== undefined) return;
  const why = info === undefined
    ? "it was written by another program"
    : sentence`an earlier Sonoseg wrote it; train on with train ${setting("resume")}, and the next
        checkpoint has one`;
  throw new InputError(sentence`${path} carries no test vector, so it cannot be verified: ${why}`);
}

/**
 * Runs a model's test vector on an engine. Throws {@linkcode InputError} for a model without one.
 */
export async function examineModel(engine: Engine, model: Model): Promise<ModelFinding> {
  checkHasVector(model);
  const { card, config } = model.info!;
  const { width, height } = config;
  const { testVector } = card!;
  const { plan, weights } = networkToPredict(model, config, 1);
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

/** {@linkcode examineModel}; throws {@linkcode DeviceError} when the logits are wrong. */
export async function checkModel(engine: Engine, model: Model): Promise<ModelFinding> {
  const finding = await examineModel(engine, model);
  if (finding.passed) return finding;
  throw new DeviceError(
    sentence`this machine computes ${model.path} wrongly (${finding.figures}); its predictions
      cannot be trusted. ${command("doctor")} finds which step is wrong;
      ${setting("device", "cpu")} may do better`,
  );
}
