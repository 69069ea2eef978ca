/**
 * The input size and normalisation of a model's network.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { sentence, setting } from "../core/sentence.ts";
import { DEFAULT_CONFIG, type TrainingConfig } from "../train/config.ts";
import type { Size } from "./exchange.ts";
import type { Model } from "./model_file.ts";

/**
 * The configuration that a model was trained with. A model of another program has none: it gets the
 * default with the given `size`, and its own scaling if that is known.
 *
 * @throws InputError for a size that differs from the model's.
 */
export function inputConfig({ info, path, scaling }: Model, size?: Size): TrainingConfig {
  if (info === undefined) return { ...DEFAULT_CONFIG, ...size, ...scaling };
  const { config } = info;
  if (size !== undefined && (size.width !== config.width || size.height !== config.height)) {
    throw new InputError(
      sentence`${setting("size")} is ${size.width}x${size.height}, but ${path} was trained at
        ${config.width}x${config.height}; leave ${setting("size")} out`,
    );
  }
  return config;
}
