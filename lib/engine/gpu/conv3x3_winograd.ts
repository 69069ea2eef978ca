/**
 * Hosts kernels_wgsl/conv3x3_winograd.wgsl: 3x3 convolutions by Winograd's algorithm along rows, in
 * half the multiplications of the direct one, and conv3x3_winograd_weights.wgsl, which transforms
 * the weights. Rounding errors are about 1.5 times as large.
 *
 * The algorithm is chosen by shape and limits alone, never by time, so that bits do not depend on
 * what else the GPU did. All variants give the same bits.
 *
 * @module
 */
import type { Context, Dispatch } from "./context.ts";
import { type KnownPass, passBlocks, passesOf, type PassKernel } from "./conv3x3_passes.ts";
import type { Convolution } from "./convolution.ts";
import { dispatch } from "./dispatch.ts";
import { sourceBlocks, VECTOR_BYTES } from "./layout.ts";
import type { GpuLimits } from "./limits.ts";
import { chosenVariant, namesOf, type Tile } from "./variants.ts";

/** Fewest input channels: with fewer, the transforms take as long as the products saved. */
const FEWEST_CHANNELS = 32;

/** Columns of a tile, its components, rows of a strip, and a strip's rows with a border. */
const TILE_COLUMNS = 4;
const COMPONENTS = 6;
const STRIP_ROWS = 8;
const STRIP_LINES = STRIP_ROWS + 2;

/** Vectors of transformed weights from an input block to an output block. */
const WEIGHT_VECTORS = 3 * 4 * COMPONENTS;

/** Pixels of partial moments, in every variant. */
const PARTIAL = { rowsPerPartial: STRIP_ROWS, columnsPerPartial: 16 };

/** The area of a workgroup: rows x columns of pixels x `chunk` blocks. */
type Area = Pick<Tile, "rows" | "columns" | "chunk">;

/** Fewest output blocks of a workgroup for which Winograd's algorithm is chosen. */
const LEAST_CHUNK = 4;

/** Areas of a workgroup, the first that fits being the default: four or eight tiles of a strip. */
export const WINOGRAD_TILES: ReadonlyMap<string, Area> = new Map(
  [[16, 16, 16], [8, 16, 16], [8, 32, 8], [8, 16, 8], [8, 16, 4], [8, 16, 2]]
    .map(([rows, columns, chunk]) => [
      `Winograd's tiles of ${rows}x${columns}x${4 * chunk}`,
      { rows, columns, chunk },
    ]),
);

/** Tiles side by side and strips one above the other. */
function layoutOf({ rows, columns }: Area) {
  return { tiles: columns / TILE_COLUMNS, strips: rows / STRIP_ROWS };
}

/** Invocations of a workgroup, each of one component x 8 rows x 2 blocks. */
function invocationsOf(tile: Area): number {
  const { tiles, strips } = layoutOf(tile);
  return COMPONENTS * tiles * strips * (tile.chunk / 2);
}

/** Bytes of workgroup memory: transformed pixels and weights. */
function workgroupBytes(tile: Area): number {
  const { tiles, strips } = layoutOf(tile);
  const pixels = strips * STRIP_LINES * tiles * COMPONENTS;
  return (pixels + WEIGHT_VECTORS * tile.chunk) * VECTOR_BYTES;
}

/** The variants that fit a shape and the adapter, the default first. */
function variantsOf(
  { height, width, outBlocks }: Pick<KnownPass, "height" | "width" | "outBlocks">,
  { groupSize, groupBytes }: GpuLimits,
): string[] {
  const fits = (tile: Area) =>
    height % tile.rows === 0 && width % tile.columns === 0 && outBlocks % tile.chunk === 0 &&
    invocationsOf(tile) <= groupSize && workgroupBytes(tile) <= groupBytes;
  return namesOf(WINOGRAD_TILES, fits);
}

/** Whether a variant fits for which the algorithm is chosen: the smallest only stands in. */
function isFitting(of: Parameters<typeof variantsOf>[0], limits: GpuLimits): boolean {
  return variantsOf(of, limits).some((name) => WINOGRAD_TILES.get(name)!.chunk >= LEAST_CHUNK);
}

/** Whether a convolution is computed by Winograd's algorithm. */
export function isByWinograd(context: Context, of: Convolution): boolean {
  const { limits } = context;
  const [, , height, width] = of.frame;
  const channels = of.sources.map(({ tensor }) => context.shape(tensor)[1]);
  return limits.tiled && of.taps === 9 &&
    channels.reduce((a, b) => a + b) >= FEWEST_CHANNELS &&
    of.sources.every(({ tensor }) => context.spec(tensor).kind === "map") &&
    passBlocks(context, of)
      .every((outBlocks) => isFitting({ height, width, outBlocks }, limits)) &&
    transformedBytes(context, of) <= limits.bindingBytes;
}

/** Input and output blocks of a convolution's weights. */
function blocksOfWeights(context: Context, { sources, targets }: Convolution) {
  const blocks = (parts: Convolution["targets"]) =>
    sourceBlocks(parts.map(({ tensor }) => context.shape(tensor)[1]));
  return { fromBlocks: blocks(sources), toBlocks: blocks(targets) };
}

function transformedBytes(context: Context, of: Convolution): number {
  const { fromBlocks, toBlocks } = blocksOfWeights(context, of);
  return fromBlocks * toBlocks * WEIGHT_VECTORS * VECTOR_BYTES;
}

/**
 * A convolution by Winograd's algorithm. The input gradient, `backward`, reads the weights of the
 * forward pass: they are rotated as they are transformed.
 */
export function winogradConvolution(
  context: Context,
  of: Convolution,
  direction: "forward" | "backward",
): Dispatch[] {
  const blocks = blocksOfWeights(context, of);
  const [transformed] = context.workspace(transformedBytes(context, of));
  const kernelRows = 3 * blocks.fromBlocks * blocks.toBlocks;
  return [
    dispatch("conv3x3_winograd_weights", {
      entry: "transform_weights",
      constants: {},
      bindings: { weight: of.weight, transformed },
      slab: { ...blocks, rotates: Number(direction === "backward") },
      invocations: kernelRows,
      cost: kernelRows * 200,
    }),
    ...passesOf(context, { ...of, weight: transformed }, {
      ...PARTIAL,
      kernelOf: (pass) => kernelOf(context, pass),
    }),
  ];
}

function kernelOf(context: Context, pass: KnownPass): PassKernel {
  const { allRows, height, width, outBlocks } = pass;
  const fitting = variantsOf(pass, context.limits);
  const workgroups = (rows: number, { rows: tileRows, columns, chunk }: Area) =>
    (rows / tileRows) * (width / columns) * (outBlocks / chunk);
  const variant = chosenVariant(context.limits, {
    kernel: "conv3x3_winograd",
    height,
    width,
    fitting,
    workgroupsOf: (variant) => workgroups(allRows, WINOGRAD_TILES.get(variant)!),
  });
  const tile = WINOGRAD_TILES.get(variant)!;
  const { tiles, strips } = layoutOf(tile);
  const group = invocationsOf(tile);
  return {
    step: tile.rows,
    dispatchOf: (call, rows) =>
      dispatch("conv3x3_winograd", {
        ...call,
        constants: { TILES: tiles, STRIPS: strips, CHUNK: tile.chunk },
        group,
        invocations: workgroups(rows, tile) * group,
      }),
  };
}
