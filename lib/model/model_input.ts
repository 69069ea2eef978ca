/**
 * The input size, fit and normalisation of a model's network, and its plan to predict with them.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { checkFields } from "../core/fields.ts";
import { sentence, setting } from "../core/sentence.ts";
import type { PooledNetwork } from "../engine/predictor_pool.ts";
import { graphOf } from "../network/architectures.ts";
import { planPrediction } from "../plan/planners.ts";
import { CONFIG_FIELDS, DEFAULT_CONFIG, type TrainingConfig } from "../train/config.ts";
import type { BitsInUse } from "../image/depth.ts";
import type { Fit } from "../image/fit.ts";
import type { Size } from "./input_scaling.ts";
import type { Model } from "./model_file.ts";

/** What a user tells of a model's input where its file does not. */
export interface GivenInput {
  /** The size of the network's input, px. */
  readonly size?: Size | undefined;
  /** How images become the input. */
  readonly fit?: Fit | undefined;
}

/**
 * The configuration that a model was trained with. A model of another program has none: it gets the
 * default with what its file tells, and what is given.
 *
 * @throws InputError for a size or a fit that differs from the model's.
 */
export function inputConfig(model: Model, { size, fit }: GivenInput = {}): TrainingConfig {
  const { info, path } = model;
  if (info === undefined) {
    return { ...DEFAULT_CONFIG, ...toldInput(model), ...size, ...(fit && { fit }) };
  }
  const { config } = info;
  if (size !== undefined && (size.width !== config.width || size.height !== config.height)) {
    throw new InputError(
      sentence`${setting("size")} is ${size.width}x${size.height}, but ${path} was trained at
        ${config.width}x${config.height}; leave ${setting("size")} out`,
    );
  }
  if (fit !== undefined && fit !== config.fit) {
    throw new InputError(
      sentence`${setting("fit")} is ${fit}, but ${path} was trained with ${config.fit}; leave
        ${setting("fit")} out`,
    );
  }
  return config;
}

/**
 * The configuration of each model. What is given is for models that do not record theirs; it is
 * refused if all do, and differ from it.
 */
export function inputConfigs(models: readonly Model[], given: GivenInput = {}): TrainingConfig[] {
  if (given.fit !== undefined) checkFields({ fit: CONFIG_FIELDS.fit }, { fit: given.fit });
  const isNeeded = models.some(({ info }) => info === undefined);
  return models.map((one) => inputConfig(one, isNeeded && one.info ? {} : given));
}

/** A model's network, planned to predict `n` inputs at once. */
export function networkToPredict(
  { network, weights }: Pick<Model, "network" | "weights">,
  { width, height, mean, std }: TrainingConfig,
  n: number,
): PooledNetwork {
  return { plan: planPrediction(graphOf(network), { n, width, height, mean, std }), weights };
}

/** The fields of a configuration that the file of bare weights tells. */
export function toldInput(
  { scaling }: Pick<Model, "scaling">,
): Partial<Pick<TrainingConfig, "mean" | "std" | "width" | "height" | "fit">> {
  if (scaling === undefined) return {};
  const { mean, std, size, fit } = scaling;
  return { mean, std, ...size, ...(fit && { fit }) };
}

/** The bits by which 16-bit images become grey; `undefined` for a model that does not tell. */
export function bitsInUseOf({ info, scaling }: Model): BitsInUse | undefined {
  return info === undefined ? scaling?.bitsInUse : info.card?.bitsInUse;
}
