/**
 * Hosts kernels_wgsl/conv3x3_direct.wgsl and conv3x3_tiled.wgsl, two variants of the direct
 * algorithm that give the same bits, and pointwise.wgsl, which is like them but for its one tap. A
 * pass has at most two sources and two targets; more sources or targets take several passes.
 *
 * @module
 */
import type { Source, Target } from "../../plan/steps.ts";
import type { Context, Dispatch, Window } from "./context.ts";
import type { Convolution } from "./convolution.ts";
import { type ConstantsOf, dispatch } from "./dispatch.ts";
import { blocksOf, sourceBlocks } from "./layout.ts";
import { rowBytes, rowWindow, slabsOf } from "./slabs.ts";
import {
  chosenVariant,
  convolutionVariants,
  GROUPS,
  invocationsOf,
  shapeOf,
  TILES,
} from "./variants.ts";

/** Pixels of a row that an invocation computes. */
const SPAN = 8;

/** Rows that an invocation computes: more on large maps, for fewer partial moments. */
const ROWS = { small: 1, large: 4, largePixels: 4096 };

type Constants = ConstantsOf<"conv3x3_direct">;

/**
 * Sources or targets of one pass. The first fills the frame and may be a plane; the second is a map
 * that may be smaller.
 */
interface Pair<Part extends Target> {
  readonly first?: Part;
  readonly second?: Part;
}

/** Pairs of neighbours in order, as few as possible. */
function inPairs<Part extends Target>(
  context: Context,
  parts: readonly Part[],
  [, , height, width]: readonly number[],
): Pair<Part>[] {
  const pairs: Pair<Part>[] = [];
  for (const part of parts) {
    const { kind, shape: [, , h, w] } = context.spec(part.tensor);
    const fills = h === height && w === width && !part.top && !part.left;
    const last = pairs[pairs.length - 1];
    if (kind !== "plane" && last?.first && !last.second) {
      pairs[pairs.length - 1] = { ...last, second: part };
    } else {
      pairs.push(fills ? { first: part } : { second: part });
    }
  }
  return pairs;
}

/** Blocks of a pair's first and second. */
function pairBlocks(context: Context, { first, second }: Pair<Target>): [number, number] {
  const blocks = (part?: Target) => part ? blocksOf(context.shape(part.tensor)[1]) : 0;
  return [blocks(first), blocks(second)];
}

/** One pass per pair of targets and pair of sources; passes of later sources add. */
export function directConvolution(context: Context, of: Convolution): Dispatch[] {
  const [images, , height, width] = of.frame;
  const large = of.moments !== undefined && height * width >= ROWS.largePixels;
  const rows = large ? ROWS.large : ROWS.small;
  if (of.moments !== undefined) {
    const partial = { rowsPerPartial: rows, columnsPerPartial: SPAN };
    context.declareMoments(of.moments, { rows: images * height, width, ...partial });
  }
  const inBlocks = sourceBlocks(of.sources.map(({ tensor }) => context.shape(tensor)[1]));
  const allOutBlocks = sourceBlocks(of.targets.map(({ tensor }) => context.shape(tensor)[1]));
  const dispatches: Dispatch[] = [];
  let firstOut = 0;
  for (const targets of inPairs(context, of.targets, of.frame)) {
    const outBlocks = sum(pairBlocks(context, targets));
    const pairs = inPairs(context, of.sources, of.frame);
    let firstIn = 0;
    for (const [index, sources] of pairs.entries()) {
      const blocks = sum(pairBlocks(context, sources));
      const isLast = index === pairs.length - 1;
      const fraction = (blocks * outBlocks) / (inBlocks * allOutBlocks);
      dispatches.push(...pass(context, {
        taps: of.taps,
        frame: of.frame,
        sources,
        targets,
        rows,
        weight: of.weight,
        bias: index === 0 ? of.bias : undefined,
        relu: isLast && (of.relu ?? false),
        moments: isLast ? of.moments : undefined,
        cost: of.cost * fraction,
        constants: {
          WEIGHT_BLOCKS: allOutBlocks,
          FIRST_IN: firstIn,
          FIRST_OUT: firstOut,
          ADD: index > 0,
        },
      }));
      firstIn += blocks;
    }
    firstOut += outBlocks;
  }
  return dispatches;
}

interface Pass
  extends Pick<Convolution, "taps" | "frame" | "weight" | "bias" | "moments" | "cost"> {
  readonly sources: Pair<Source>;
  readonly targets: Pair<Target>;
  readonly rows: number;
  readonly relu: boolean;
  /** The blocks of weights that this pass reads, and whether it adds to the target. */
  readonly constants: Pick<Constants, "WEIGHT_BLOCKS" | "FIRST_IN" | "FIRST_OUT" | "ADD">;
}

function pass(context: Context, of: Pass): Dispatch[] {
  const [images, , height, width] = of.frame;
  const { sources: { first, second }, targets: { first: target, second: window }, rows } = of;
  const plane = first !== undefined && context.spec(first.tensor).kind === "plane";
  const shapes = [first, second, target, window]
    .flatMap((part) => part ? [context.shape(part.tensor)] : []);
  const [blocks0, blocks1] = pairBlocks(context, of.sources);
  const [targetBlocks, windowBlocks] = pairBlocks(context, of.targets);
  const outBlocks = targetBlocks + windowBlocks;
  const spans = Math.ceil(width / SPAN);
  const constants = {
    HEIGHT: height,
    WIDTH: width,
    ROWS: rows,
    PLANE: plane,
    CHANNELS0: first ? context.shape(first.tensor)[1] : 0,
    BLOCKS0: blocks0,
    NORM0: first?.norm !== undefined,
    RELU0: first?.relu ?? false,
    BLOCKS1: blocks1,
    NORM1: second?.norm !== undefined,
    RELU1: second?.relu ?? false,
    HEIGHT1: second ? context.shape(second.tensor)[2] : 0,
    WIDTH1: second ? context.shape(second.tensor)[3] : 0,
    TOP1: second?.top ?? 0,
    LEFT1: second?.left ?? 0,
    BIAS: of.bias !== undefined,
    RELU: of.relu,
    MOMENTS: of.moments !== undefined,
    OUT_BLOCKS: outBlocks,
    TARGET_BLOCKS: targetBlocks,
    TARGET_HEIGHT: window ? context.shape(window.tensor)[2] : height,
    TARGET_WIDTH: window ? context.shape(window.tensor)[3] : width,
    TARGET_TOP: window?.top ?? 0,
    TARGET_LEFT: window?.left ?? 0,
  };
  const fitting = convolutionVariants({ height, width, outBlocks, plane }, context.limits);
  const variant = chosenVariant(context.limits, shapeOf("conv3x3", constants), fitting);
  const tile = of.taps === 9 ? TILES.get(variant) : undefined;
  const slabs = slabsOf(context, {
    units: images * height,
    step: tile?.rows ?? rows,
    unitBytes: Math.max(...shapes.map(rowBytes)),
    haloBytes: 2 * Math.max(...shapes.map(rowBytes)),
    cost: of.cost,
  });
  return slabs.map((slab) => {
    const near = (top = 0) => (y: number) => [y - 1 - top, y + 2 - top] as const;
    const own = (top = 0) => (y: number) => [y - top, y + 1 - top] as const;
    const view = (part: Source | Target | undefined, rowsOf: typeof near): Window | undefined =>
      part && rowWindow(context, part.tensor, height, slab, rowsOf(part.top));
    const x0 = plane ? whole(context, first.tensor) : view(first, near);
    const x1 = view(second, near);
    const out = view(target, own);
    const more = view(window, own);
    const common = {
      entry: "convolve" as const,
      bindings: {
        x0: x0?.place,
        norm0: context.placeIf(first?.norm),
        x1: x1?.place,
        norm1: context.placeIf(second?.norm),
        weight: of.weight,
        bias: of.bias,
        out: out?.place,
        other: more?.place ?? context.placeIf(of.moments),
      },
      slab: {
        firstRow: slab.first,
        rows: slab.count,
        x0: x0?.base ?? 0,
        x1: x1?.base ?? 0,
        out: out?.base ?? 0,
        other: more?.base ?? 0,
      },
      cost: of.cost * slab.count / (images * height),
    };
    if (of.taps === 1) {
      return dispatch("pointwise", {
        ...common,
        constants: { ...constants, ...of.constants },
        invocations: Math.ceil(slab.count / rows) * spans * outBlocks,
      });
    }
    return tile
      ? dispatch("conv3x3_tiled", {
        ...common,
        constants: {
          ...constants,
          ...of.constants,
          TILE_ROWS: tile.rows,
          TILE_COLUMNS: tile.columns,
          CHUNK: tile.chunk,
        },
        group: invocationsOf(tile),
        invocations: slab.count * (width / SPAN) * (outBlocks / 2),
      })
      : dispatch("conv3x3_direct", {
        ...common,
        constants: { ...constants, ...of.constants },
        group: GROUPS.get(variant)!,
        invocations: Math.ceil(slab.count / rows) * spans * Math.ceil(outBlocks / 2),
      });
  });
}

function sum([a, b]: readonly [number, number]): number {
  return a + b;
}

function whole(context: Context, name: string): Window {
  return { place: context.place(name), base: 0 };
}
