/**
 * Hosts kernels_wgsl/conv3x3_winograd_weight_gradient.wgsl: the weight gradient of 3x3 convolutions
 * by Winograd's algorithm along rows, in half the multiplications of the direct one. Rounding
 * errors are about 1.5 times as large.
 *
 * The algorithm is chosen by shape and limits alone, never by time, so that bits do not depend on
 * what else the GPU did. All variants give the same bits.
 *
 * @module
 */
import type { Conv3x3WeightGradient, PointwiseWeightGradient } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import type { GradientCall } from "./convolution.ts";
import { dispatch } from "./dispatch.ts";
import { blocksOf, VECTOR_BYTES } from "./layout.ts";
import type { GpuLimits } from "./limits.ts";
import { partialRows } from "./partials.ts";
import { chosenVariant, namesOf } from "./variants.ts";

/** Rows and columns of a slice, tiles side by side in it, and the components of a tile. */
const SLICE_ROWS = 8;
const SLICE_COLUMNS = 8;
const TILES = 2;
const COMPONENTS = 6;

/** Input blocks of a workgroup. */
const CHUNK_IN = 4;

/** How a workgroup divides its work. */
interface Chunk {
  /** Output blocks of a workgroup. */
  readonly out: number;
  /** Whether a slice is loaded while the one before is multiplied. */
  readonly ahead: boolean;
}

/** The variants, the first that fits being the default. */
export const WINOGRAD_GRADIENT_CHUNKS: ReadonlyMap<string, Chunk> = new Map(
  ([[16, true], [8, true], [16, false], [8, false], [4, true], [4, false]] as const)
    .map(([out, ahead]) => [
      `Winograd's ${4 * CHUNK_IN}x${4 * out} channels${ahead ? ", ahead" : ""}`,
      { out, ahead },
    ]),
);

/** Six invocations work on a pair of blocks: half as many partials as directly are enough. */
const PAIR_WEIGHT = 2;

/** Invocations of a workgroup, each of one component of a pair of blocks. */
function invocationsOf(chunk: Chunk): number {
  return COMPONENTS * CHUNK_IN * chunk.out;
}

/** Bytes of workgroup memory: a slice of the source with a border, and of the gradient. */
function workgroupBytes(chunk: Chunk): number {
  const lines = (SLICE_ROWS + 2) * CHUNK_IN + SLICE_ROWS * chunk.out;
  return lines * TILES * COMPONENTS * VECTOR_BYTES;
}

/** The variants that fit so many output blocks and the adapter, the default first. */
function variantsOf(outBlocks: number, { groupSize, groupBytes }: GpuLimits): string[] {
  const fits = (chunk: Chunk) =>
    outBlocks % chunk.out === 0 && invocationsOf(chunk) <= groupSize &&
    workgroupBytes(chunk) <= groupBytes;
  return namesOf(WINOGRAD_GRADIENT_CHUNKS, fits);
}

/** Whether a weight gradient is computed by Winograd's algorithm. */
export function isGradientByWinograd(
  { kind, sources, gradient }: Conv3x3WeightGradient | PointwiseWeightGradient,
  context: Context,
): boolean {
  const { limits } = context;
  const [, outChannels, height, width] = context.shape(gradient);
  return limits.tiled && kind === "conv3x3_weight_gradient" &&
    height % SLICE_ROWS === 0 && width % SLICE_COLUMNS === 0 &&
    sources.every(({ tensor }) =>
      context.spec(tensor).kind === "map" && blocksOf(context.shape(tensor)[1]) % CHUNK_IN === 0
    ) &&
    variantsOf(blocksOf(outChannels), limits).length > 0;
}

/** Rows of a partial, for so many pairs of blocks: whole slices, which lie within an image. */
export function winogradPartialRows(
  rows: number,
  width: number,
  pairs: number,
  partialBytes: number,
): number {
  const least = partialRows(rows, width, PAIR_WEIGHT * pairs, partialBytes);
  return Math.ceil(least / SLICE_ROWS) * SLICE_ROWS;
}

/** The dispatches of one source, by what they have in common with the direct algorithm. */
export function winogradGradientKernel(
  { limits }: Context,
  { partialCount, height, width, blocks, outBlocks }: {
    readonly partialCount: number;
    readonly height: number;
    readonly width: number;
    readonly blocks: number;
    readonly outBlocks: number;
  },
): (call: GradientCall) => Dispatch {
  const fitting = variantsOf(outBlocks, limits);
  const kernel = "conv3x3_winograd_weight_gradient";
  const workgroupsOf = (variant: string) => {
    const { out } = WINOGRAD_GRADIENT_CHUNKS.get(variant)!;
    return partialCount * (blocks / CHUNK_IN) * (outBlocks / out);
  };
  const variant = chosenVariant(limits, { kernel, height, width, fitting, workgroupsOf });
  const chunk = WINOGRAD_GRADIENT_CHUNKS.get(variant)!;
  return (call) =>
    dispatch("conv3x3_winograd_weight_gradient", {
      ...call,
      entry: "accumulate",
      constants: { CHUNK_OUT: chunk.out, AHEAD: chunk.ahead },
      group: invocationsOf(chunk),
      invocations: call.slab.partialCount * blocks * outBlocks * COMPONENTS,
    });
}
