/**
 * Chooses the algorithm of a 3x3 convolution and its gradients.
 *
 * Winograd's algorithm needs a quarter of the multiplications, but transforms every tile and every
 * weight. It pays from eight input channels on, where tiles of 4x4 do not extend too far beyond the
 * map, and where there are enough tiles per weight. The direct algorithm computes all other shapes.
 * The choice is a function of the shape alone; in prediction, of the shape of one image, because
 * results for one image must not depend on the rest of its batch.
 *
 * @module
 */
import { stepFlops } from "../../plan/flops.ts";
import type {
  Conv3x3,
  Conv3x3InputGradient,
  Conv3x3WeightGradient,
  Source,
} from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { directConvolution } from "./conv3x3_direct.ts";
import { directWeightGradient } from "./conv3x3_weight_gradient.ts";
import { winogradConvolution } from "./conv3x3_winograd.ts";
import { winogradWeightGradient } from "./conv3x3_winograd_weight_gradient.ts";
import type { Convolution } from "./convolution.ts";
import { type Job, job } from "./job.ts";
import { blocksOf, bytesOf, LANES, sourceBlocks } from "./layout.ts";

/**
 * Fewest FLOP for Winograd's algorithm. Its rounding errors are about five times larger. In a
 * forward pass they change decisions of ReLUs, so small maps, where one decision counts, are
 * computed directly: that takes well under a millisecond. Gradients decide nothing.
 */
const FEWEST_FLOPS = { forward: 60e6, gradient: 5e6 };

/** The largest area of all tiles, in multiples of the map. */
const MOST_COVER = 1.8;

/**
 * Fewest tiles for which Winograd's algorithm is faster, measured on 128 to 512 channels at sizes 8
 * to 32.
 */
const FEWEST_TILES = 8;
const FEWEST_TILES_WEIGHT_GRADIENT = 48;

export function conv3x3(step: Conv3x3, context: Context): Job[] {
  return convolve(context, {
    sources: step.sources,
    targets: [{ tensor: step.out }],
    frame: context.shape(step.out),
    weight: { address: context.address(step.weight), prepared: context.isPrepared(step.weight) },
    bias: context.addressIf(step.bias),
    relu: step.relu,
    moments: step.moments,
    flops: stepFlops(step, context.specs),
  }, FEWEST_FLOPS.forward);
}

export function conv3x3InputGradient(step: Conv3x3InputGradient, context: Context): Job[] {
  const weight = context.spec(step.weight);
  const inBlocks = sourceBlocks(step.targets.map(({ tensor }) => context.shape(tensor)[1]));
  const outBlocks = blocksOf(weight.shape[0]);
  const flippedWeights = context.workspace(bytesOf(weight));
  return [
    job("rotate180", inBlocks, {
      flippedWeights,
      weight: context.address(step.weight),
      inBlocks,
      outBlocks,
    }),
    ...convolve(context, {
      sources: [{ tensor: step.gradient }],
      targets: step.targets,
      frame: context.shape(step.gradient),
      weight: { address: flippedWeights, prepared: false },
      bias: 0,
      flops: stepFlops(step, context.specs),
    }, FEWEST_FLOPS.gradient),
  ];
}

export function conv3x3WeightGradient(step: Conv3x3WeightGradient, context: Context): Job[] {
  const flops = stepFlops(step, context.specs);
  const shape = context.shape(step.gradient);
  const least = { flops: FEWEST_FLOPS.gradient, tiles: FEWEST_TILES_WEIGHT_GRADIENT };
  return suitsWinograd(step.sources, shape, flops, least, context)
    ? winogradWeightGradient(step, flops, context)
    : directWeightGradient(step, flops, context);
}

function convolve(context: Context, convolution: Convolution, fewestFlops: number): Job[] {
  const { sources, weight, frame: [images, ...map] } = convolution;
  // Only plans of prediction prepare weights.
  const alike = weight.prepared ? images : 1;
  const frame = [images / alike, ...map];
  const least = { flops: fewestFlops, tiles: FEWEST_TILES };
  return suitsWinograd(sources, frame, convolution.flops / alike, least, context)
    ? winogradConvolution(context, convolution)
    : directConvolution(context, convolution);
}

function suitsWinograd(
  sources: readonly Source[],
  [images, , height, width]: readonly number[],
  flops: number,
  least: { readonly flops: number; readonly tiles: number },
  context: Context,
): boolean {
  const channels = sources.reduce((sum, { tensor }) => sum + context.shape(tensor)[1], 0);
  const tiles = Math.ceil(height / 4) * Math.ceil(width / 4);
  return flops >= least.flops && channels >= LANES && tiles * 16 <= MOST_COVER * height * width &&
    images * tiles >= least.tiles;
}
