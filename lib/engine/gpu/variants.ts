/**
 * The variants of a kernel that fit a shape. All add in the same order, so they give the same bits.
 * Which one is fastest depends on the GPU; tuning.ts measures it, once for a family of shapes.
 *
 * The lists are short, since every variant costs a compilation: the fastest on an H200 comes first,
 * then what other GPUs may prefer, with few registers or few invocations side by side, then tiles
 * for odd maps and few channels.
 *
 * @module
 */
import { VECTOR_BYTES } from "./layout.ts";
import type { GpuLimits } from "./limits.ts";

/**
 * The tile of a workgroup of conv3x3_tiled.wgsl, rows x columns of pixels x `chunk` blocks, and how
 * its invocations share it.
 */
export interface Tile {
  readonly rows: number;
  readonly columns: number;
  readonly chunk: number;
  /** Output blocks per invocation: 2, or 1 for GPUs with few registers. */
  readonly laneBlocks: 1 | 2;
  /** Whether the next slice is loaded while this one is multiplied. */
  readonly prefetch: boolean;
}

/** Invocations of a workgroup of the kernels without workgroup memory, the default first. */
export const GROUPS: ReadonlyMap<string, number> = new Map([
  ["plain, groups of 64", 64],
  ["plain, groups of 32", 32],
  ["plain, groups of 128", 128],
]);

/** Tiles of the kernel with workgroup memory, the default first. */
export const TILES: ReadonlyMap<string, Tile> = new Map([
  tile(8, 16, 16),
  tile(4, 16, 16),
  tile(8, 16, 16, { prefetch: true }),
  tile(8, 16, 16, { laneBlocks: 1 }),
  tile(8, 8, 16),
  tile(8, 16, 8),
]);

function tile(
  rows: number,
  columns: number,
  chunk: number,
  { laneBlocks = 2, prefetch = false }: Partial<Pick<Tile, "laneBlocks" | "prefetch">> = {},
): [string, Tile] {
  const name = `tiles of ${rows}x${columns}x${4 * chunk}` +
    (laneBlocks === 1 ? ", single blocks" : "") + (prefetch ? ", prefetch" : "");
  return [name, { rows, columns, chunk, laneBlocks, prefetch }];
}

/** How a workgroup of conv3x3_weight_gradient_tiled.wgsl divides its work. */
export interface GradientTile {
  /** Input and output blocks of a workgroup. */
  readonly chunkIn: number;
  readonly chunkOut: number;
  /** Output blocks of an invocation; with two, few invocations have registers side by side. */
  readonly each: 1 | 2;
  /** Whether a slice is loaded while the one before is multiplied. */
  readonly ahead: boolean;
  /** Slices that workgroup memory holds. */
  readonly buffers: 1 | 2;
}

/** Pixels of a slice of conv3x3_weight_gradient_tiled.wgsl. */
const SLICE = 16;

/** Tiles of the weight gradient with workgroup memory, the default first. */
export const GRADIENT_TILES: ReadonlyMap<string, GradientTile> = new Map(
  ([
    [4, 16, 1, true, 1],
    [4, 16, 1, false, 1],
    [8, 16, 1, true, 2],
    [8, 16, 2, false, 1],
    [8, 8, 1, true, 1],
    [4, 8, 1, true, 1],
  ] as const).map(([chunkIn, chunkOut, each, ahead, buffers]) => [
    `${4 * chunkIn}x${4 * chunkOut} channels by ${4 * each}` + (ahead ? ", ahead" : "") +
    (buffers === 2 ? ", two buffers" : ""),
    { chunkIn, chunkOut, each, ahead, buffers },
  ]),
);

/** Invocations of a tile of the weight gradient: three kernel rows for each pair of blocks. */
export function gradientInvocationsOf({ chunkIn, chunkOut, each }: GradientTile): number {
  return 3 * chunkIn * chunkOut / each;
}

/** Invocations per tile, each of 8 pixels x `laneBlocks` blocks. */
export function invocationsOf({ rows, columns, chunk, laneBlocks }: Tile): number {
  return rows * (columns / 8) * (chunk / laneBlocks);
}

/** The variants of a 3x3 convolution that fit its shape and the adapter, the default first. */
export function convolutionVariants(
  { height, width, outBlocks, plane }: {
    readonly height: number;
    readonly width: number;
    readonly outBlocks: number;
    readonly plane: boolean;
  },
  limits: GpuLimits,
): string[] {
  const fits = (tile: Tile) =>
    height % tile.rows === 0 && width % tile.columns === 0 && outBlocks % tile.chunk === 0 &&
    invocationsOf(tile) <= limits.groupSize && workgroupBytes(tile) <= limits.groupBytes;
  return withGroups(plane ? [] : namesOf(TILES, fits), limits);
}

/** Bytes of workgroup memory: octets of pixels with a border, and the weights of kernel rows. */
function workgroupBytes(tile: Tile): number {
  const { rows, columns, chunk } = tile;
  const pixels = (rows + 2) * (columns / 8 + 1) * 8;
  const kernelRow = 12 * chunk;
  // The moments, two vectors per invocation, must fit, too.
  const kernelRows = Math.max(3, Math.ceil(2 * invocationsOf(tile) / kernelRow));
  return (pixels + kernelRows * kernelRow) * VECTOR_BYTES;
}

/** The variants of a weight gradient that fit its shape and the adapter, the default first. */
export function weightGradientVariants(
  { width, blocks, outBlocks, plane, taps }: {
    readonly width: number;
    readonly blocks: number;
    readonly outBlocks: number;
    readonly plane: boolean;
    readonly taps: number;
  },
  limits: GpuLimits,
): string[] {
  const fits = (tile: GradientTile) =>
    width % SLICE === 0 && blocks % tile.chunkIn === 0 && outBlocks % tile.chunkOut === 0 &&
    gradientInvocationsOf(tile) <= limits.groupSize && sliceBytes(tile) <= limits.groupBytes;
  return withGroups(taps === 9 && !plane ? namesOf(GRADIENT_TILES, fits) : [], limits);
}

/** Bytes of workgroup memory: slices of three rows of the source with a border, and of dy. */
function sliceBytes({ chunkIn, chunkOut, buffers }: GradientTile): number {
  return buffers * (3 * (SLICE + 2) * chunkIn + SLICE * chunkOut) * VECTOR_BYTES;
}

/**
 * All variants, the default first. Beside tiles a GPU hardly wants the kernel without workgroup
 * memory; its default is left for one where that memory is slow.
 */
function withGroups(tiled: readonly string[], limits: GpuLimits): string[] {
  const groups = [...GROUPS.keys()];
  if (!limits.tiled) return [...groups, ...tiled];
  return tiled.length > 0 ? [...tiled, groups[0]] : groups;
}

/** The names of the variants that fit, in their order. */
export function namesOf<Variant>(
  variants: ReadonlyMap<string, Variant>,
  fits: (variant: Variant) => boolean,
): string[] {
  return [...variants].filter(([, variant]) => fits(variant)).map(([name]) => name);
}

/** A map is large from so many pixels, 128 x 128; smaller ones have few tiles and many channels. */
const LARGE_MAP = 2 ** 14;

/** A kernel on a map, with the variants that fit. */
interface Choice {
  readonly kernel: string;
  readonly height: number;
  readonly width: number;
  readonly fitting: readonly string[];
  /** The workgroups of a variant, where smaller ones may take the place of too few. */
  readonly workgroupsOf?: (variant: string) => number;
}

/**
 * The preferred variant if it fits, otherwise the default. If that has too few workgroups to keep
 * the adapter busy, the first one takes its place that has enough, or else the one with most.
 */
export function chosenVariant(
  { variantOf, busyWorkgroups = 0 }: GpuLimits,
  choice: Choice,
): string {
  const { fitting, workgroupsOf = () => Infinity } = choice;
  const preferred = variantOf?.(familyOf(choice), fitting);
  const isFitting = preferred !== undefined && fitting.includes(preferred);
  const ordered = isFitting ? [preferred, ...fitting] : fitting;
  return ordered.find((variant) => workgroupsOf(variant) >= busyWorkgroups) ??
    ordered.reduce((a, b) => workgroupsOf(b) > workgroupsOf(a) ? b : a);
}

/**
 * The family of a choice, as text: the shapes for which the same variant is taken to be fastest. It
 * is the same for all batch sizes.
 */
function familyOf({ kernel, height, width, fitting }: Choice): string {
  const size = height * width < LARGE_MAP ? "small" : "large";
  return `${kernel}, ${size} maps: ${fitting.join(" | ")}`;
}
