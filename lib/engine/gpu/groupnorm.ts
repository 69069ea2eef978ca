/** Hosts kernels_wgsl/groupnorm.wgsl and groupnorm_gradient.wgsl. @module */
import { GROUP_NORM_EPSILON, type GroupNorm, type GroupNormGradient } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { dispatch, type DispatchOf } from "./dispatch.ts";
import { blocksOf, VECTOR_BYTES } from "./layout.ts";
import { partialPixels, SUM_LANES } from "./partials.ts";
import { GROUP } from "./pipelines.ts";
import { type Slab, slabsOf } from "./slabs.ts";

/** Estimated FLOP of one vector in one pass. */
const COST = 40;

export function groupnorm(step: GroupNorm, context: Context): Dispatch[] {
  const cut = work(step, context);
  const { images, blocks, partials, rowBytes } = cut;
  const [partialMoments, gathered] = context.workspace(
    partials * 2 * rowBytes,
    images * 2 * rowBytes,
  );
  const pass = (
    entry: DispatchOf<"groupnorm">["entry"],
    { first, count }: Slab,
    [firstPixel, endPixel]: readonly [number, number],
    costEach: number,
    lanes = 1,
  ) => {
    const x = context.window(step.x, firstPixel * blocks, endPixel * blocks);
    const out = context.window(step.out, firstPixel * blocks, endPixel * blocks);
    return dispatch("groupnorm", {
      entry,
      constants: { ...cut.constants, EPSILON: { float: GROUP_NORM_EPSILON } },
      bindings: {
        x: x.place,
        partials: partialMoments,
        gathered,
        gamma: context.place(step.gamma),
        beta: context.place(step.beta),
        norm: context.place(step.norm),
        out: out.place,
      },
      slab: {
        ...cut.common,
        first,
        count,
        x: x.base,
        out: out.base,
      },
      group: lanes === 1 ? GROUP : lanes,
      invocations: count * blocks * lanes,
      cost: count * blocks * costEach,
    });
  };
  const all = { first: 0, count: images };
  return [
    ...cut.inPartials.map((slab) =>
      pass("moments", slab, pixelsOf(slab, cut), COST * cut.pixelsPerPartial)
    ),
    pass("gather", all, [0, 1], 20 * cut.partialsPerImage, SUM_LANES),
    pass("merge", all, [0, 1], 80 * cut.channelsPerGroup),
    ...cut.inPixels.map((slab) => pass("apply", slab, [slab.first, slab.first + slab.count], COST)),
  ];
}

export function groupnormGradient(step: GroupNormGradient, context: Context): Dispatch[] {
  const cut = work(step, context);
  const { images, blocks, partials, rowBytes } = cut;
  const [partialSums, perImage] = context.workspace(
    partials * 2 * rowBytes,
    images * 4 * rowBytes,
  );
  const pass = (
    entry: DispatchOf<"groupnorm_gradient">["entry"],
    { first, count }: Slab,
    invocations: number,
    [firstPixel, endPixel]: readonly [number, number],
    costEach: number,
    group = GROUP,
  ) => {
    const windowOf = (name: string) => context.window(name, firstPixel * blocks, endPixel * blocks);
    const [x, gradient, out] = [step.x, step.gradient, step.out].map(windowOf);
    return dispatch("groupnorm_gradient", {
      entry,
      constants: cut.constants,
      bindings: {
        x: x.place,
        norm: context.place(step.norm),
        gradient: gradient.place,
        partials: partialSums,
        perImage,
        gammaGradient: context.place(step.gammaGradient),
        betaGradient: context.place(step.betaGradient),
        out: out.place,
      },
      slab: {
        ...cut.common,
        first,
        count,
        images,
        x: x.base,
        gradient: gradient.base,
        out: out.base,
      },
      group,
      invocations,
      cost: invocations * costEach,
    });
  };
  const all = { first: 0, count: images };
  const each = (slab: Slab) => slab.count * blocks;
  return [
    ...cut.inPartials.map((slab) =>
      pass("sums", slab, each(slab), pixelsOf(slab, cut), COST * cut.pixelsPerPartial)
    ),
    pass("totals", all, each(all) * SUM_LANES, [0, 1], cut.partialsPerImage / 32, SUM_LANES),
    pass("parameters", all, blocks, [0, 1], 8 * images),
    pass("means", all, each(all), [0, 1], 80 * cut.channelsPerGroup),
    ...cut.inPixels.map((slab) =>
      pass("apply", slab, each(slab), [slab.first, slab.first + slab.count], COST)
    ),
  ];
}

/** The map, cut into partials that do not cross the border of an image, and into slabs. */
function work({ x, groups, relu }: GroupNorm | GroupNormGradient, context: Context) {
  const [images, channels, height, width] = context.shape(x);
  const blocks = blocksOf(channels);
  const pixels = height * width;
  const rowBytes = blocks * VECTOR_BYTES;
  const pixelsPerPartial = partialPixels(pixels, images * blocks);
  const partialsPerImage = Math.ceil(pixels / pixelsPerPartial);
  const partials = images * partialsPerImage;
  const channelsPerGroup = channels / groups;
  const cost = images * pixels * blocks * COST;
  return {
    images,
    blocks,
    pixels,
    /** Bytes of one float per channel. */
    rowBytes,
    pixelsPerPartial,
    partialsPerImage,
    partials,
    channelsPerGroup,
    constants: { RELU: relu ?? false },
    /** Fields of every slab. */
    common: { blocks, channels, channelsPerGroup, pixels, pixelsPerPartial, partialsPerImage },
    inPartials: slabsOf(context, {
      units: partials,
      unitBytes: pixelsPerPartial * rowBytes,
      cost,
    }),
    inPixels: slabsOf(context, { units: images * pixels, unitBytes: rowBytes, cost }),
  };
}

/** The pixels of all images that a slab of partials reads. */
function pixelsOf(
  { first, count }: Slab,
  { pixels, pixelsPerPartial, partialsPerImage }: ReturnType<typeof work>,
): readonly [first: number, end: number] {
  const begin = (partial: number) =>
    Math.floor(partial / partialsPerImage) * pixels +
    partial % partialsPerImage * pixelsPerPartial;
  const last = first + count - 1;
  const lastImage = Math.floor(last / partialsPerImage);
  return [begin(first), Math.min(begin(last) + pixelsPerPartial, (lastImage + 1) * pixels)];
}
