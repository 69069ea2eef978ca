/**
 * The laboratory's experiments by their names on the command line.
 *
 * @module
 */
import type { Experiment } from "./experiment.ts";
import { winogradProduct } from "./winograd_product.ts";
import { gradientTransform, inputTransform, outputTransform } from "./winograd_tiles.ts";

export const EXPERIMENTS: Readonly<Record<string, Experiment>> = {
  winograd_product: winogradProduct,
  input_transform: inputTransform,
  output_transform: outputTransform,
  gradient_transform: gradientTransform,
};
