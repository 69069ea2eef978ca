/**
 * Passes of a convolution, for all its algorithms. A pass has at most two sources and two targets;
 * more sources or targets take several passes. A pass is cut into slabs of rows.
 *
 * @module
 */
import type { Source, Target } from "../../plan/steps.ts";
import { constantReading, type Context, type Dispatch, reading, type Window } from "./context.ts";
import type { Convolution } from "./convolution.ts";
import type { ConstantsOf, DispatchOf } from "./dispatch.ts";
import { blocksOf, sourceBlocks } from "./layout.ts";
import { rowBytes, rowWindow, slabsOf } from "./slabs.ts";

type PlainConstants = ConstantsOf<"pointwise">;

/** What the algorithms of a convolution differ in. */
export interface Algorithm {
  /** The pixels of partial moments. */
  readonly rowsPerPartial: number;
  readonly columnsPerPartial: number;
  readonly kernelOf: (pass: KnownPass) => PassKernel;
}

/** What is known of a pass before it is cut into slabs. */
export interface KnownPass {
  /** Rows of all images. */
  readonly allRows: number;
  readonly height: number;
  readonly width: number;
  readonly outBlocks: number;
  /** The channels of the first source if it is a plane. */
  readonly planeChannels: number | undefined;
  readonly constants: Pick<PlainConstants, "SECOND">;
  /** Constants of the kernels without workgroup memory. */
  readonly plainReading: Omit<PlainConstants, "SECOND" | "PLANE" | "CHANNELS0">;
}

/** The kernel of a pass. Its slabs are multiples of `step` rows. */
export interface PassKernel {
  readonly step: number;
  readonly dispatchOf: (call: PassCall, rows: number) => Dispatch;
}

/** What the dispatches of all algorithms have in common. */
type PassCall = Pick<DispatchOf<"pointwise">, "entry" | "bindings" | "slab" | "cost">;

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

/** The output blocks of each pass of a convolution. */
export function passBlocks(context: Context, of: Convolution): number[] {
  return inPairs(context, of.targets, of.frame).map((pair) => sum(pairBlocks(context, pair)));
}

/** One pass per pair of targets and pair of sources; passes of later sources add. */
export function passesOf(context: Context, of: Convolution, algorithm: Algorithm): Dispatch[] {
  const [images, , height, width] = of.frame;
  if (of.moments !== undefined) {
    const { rowsPerPartial, columnsPerPartial } = algorithm;
    const cut = { rows: images * height, width, rowsPerPartial, columnsPerPartial };
    context.declareMoments(of.moments, cut);
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
        frame: of.frame,
        sources,
        targets,
        algorithm,
        weight: of.weight,
        bias: index === 0 ? of.bias : undefined,
        relu: isLast && (of.relu ?? false),
        moments: isLast ? of.moments : undefined,
        cost: of.cost * fraction,
        adds: index > 0,
        weights: { weightBlocks: allOutBlocks, firstIn, firstOut },
      }));
      firstIn += blocks;
    }
    firstOut += outBlocks;
  }
  return dispatches;
}

/** A pass: its operands, its weights and its kernel. */
interface Pass extends Pick<Convolution, "frame" | "weight" | "bias" | "moments" | "cost"> {
  readonly algorithm: Algorithm;
  readonly sources: Pair<Source>;
  readonly targets: Pair<Target>;
  readonly relu: boolean;
  /** Whether it adds to the target. */
  readonly adds: boolean;
  /** The blocks of weights that this pass reads. */
  readonly weights: Pick<PassCall["slab"], "weightBlocks" | "firstIn" | "firstOut">;
}

/** The dispatches of a pass, one for each slab. */
function pass(context: Context, of: Pass): Dispatch[] {
  const [images, , height, width] = of.frame;
  const { sources: { first, second }, targets: { first: target, second: window } } = of;
  const plane = first !== undefined && context.spec(first.tensor).kind === "plane";
  const shapes = [first, second, target, window]
    .flatMap((part) => part ? [context.shape(part.tensor)] : []);
  const [blocks0, blocks1] = pairBlocks(context, of.sources);
  const [targetBlocks, windowBlocks] = pairBlocks(context, of.targets);
  const outBlocks = targetBlocks + windowBlocks;
  const constants = { SECOND: second !== undefined };
  const [read0, read1] = [reading(first), reading(second)];
  const [constant0, constant1] = [constantReading(first), constantReading(second)];
  const plainReading = {
    NORM0: constant0.NORM,
    RELU0: constant0.RELU,
    NORM1: constant1.NORM,
    RELU1: constant1.RELU,
  };
  const common = {
    height,
    width,
    blocks0,
    blocks1,
    height1: second ? context.shape(second.tensor)[2] : 0,
    width1: second ? context.shape(second.tensor)[3] : 0,
    top1: second?.top ?? 0,
    left1: second?.left ?? 0,
    outBlocks,
    targetBlocks,
    targetHeight: window ? context.shape(window.tensor)[2] : height,
    targetWidth: window ? context.shape(window.tensor)[3] : width,
    targetTop: window?.top ?? 0,
    targetLeft: window?.left ?? 0,
    ...of.weights,
    hasNorm0: read0.hasNorm,
    hasRelu0: read0.hasRelu,
    hasNorm1: read1.hasNorm,
    hasRelu1: read1.hasRelu,
    hasBias: Number(of.bias !== undefined),
    hasRelu: Number(of.relu),
    hasMoments: Number(of.moments !== undefined),
    adds: Number(of.adds),
    rowsPerPartial: of.algorithm.rowsPerPartial,
  };
  const planeChannels = plane ? context.shape(first.tensor)[1] : undefined;
  const kernel = of.algorithm.kernelOf({
    allRows: images * height,
    height,
    width,
    outBlocks,
    planeChannels,
    constants,
    plainReading,
  });
  const slabs = slabsOf(context, {
    units: images * height,
    step: kernel.step,
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
    return kernel.dispatchOf({
      entry: "convolve",
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
        ...common,
      },
      cost: of.cost * slab.count / (images * height),
    }, slab.count);
  });
}

function sum([a, b]: readonly [number, number]): number {
  return a + b;
}

function whole(context: Context, name: string): Window {
  return { place: context.place(name), base: 0 };
}
