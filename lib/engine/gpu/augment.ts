/** Hosts kernels_wgsl/augment_warp.wgsl and augment_values.wgsl. @module */
import { elementCount } from "../../core/tensor.ts";
import { NORMAL_QUANTILES } from "../../dataset/augment/normal_quantiles.ts";
import { BLUR_WEIGHTS, gridValues, nodesOf } from "../../dataset/augment/record.ts";
import { splineWeights } from "../../dataset/augment/warp.ts";
import type { Region } from "../../plan/memory_plan.ts";
import type { Augment } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { dispatch, type DispatchOf } from "./dispatch.ts";
import { VECTOR_BYTES } from "./layout.ts";
import { slabsOf } from "./slabs.ts";

/** Pixels that one partial sum covers. */
const PARTIAL_PIXELS = 1024;

/** Estimated FLOP for each pixel. */
const COST = { warp: 60, elastic: 100, sums: 8, blur: 60, values: 150 };

/** One dispatch for the warp and four for the values. Those that take too long are cut. */
export function augment(step: Augment, context: Context): Dispatch[] {
  const [images, height, width] = context.shape(step.image);
  const partialCount = Math.ceil(height * width / PARTIAL_PIXELS);
  const bytes = context.bytes(step.image);
  const [warped, blurred, partials, meanPowers] = context.workspace(
    bytes,
    bytes,
    Math.ceil(images * partialCount / 4) * VECTOR_BYTES,
    Math.ceil(images / 4) * VECTOR_BYTES,
  );
  const normals = context.table(new Uint32Array(NORMAL_QUANTILES.slice().buffer));
  const buffers = { warped, blurred, partials, meanPowers, normals };
  const sums = { first: 0, words: 0, invocations: images * partialCount };
  const means = { first: 0, words: 0, invocations: images };
  const pixels = images * height * width;
  return [
    ...warp(step, context, warped),
    changeValues("sums", step, context, buffers, { ...sums, cost: pixels * COST.sums }),
    changeValues("means", step, context, buffers, {
      ...means,
      cost: images * partialCount * COST.sums,
    }),
    ...wordsOf(step, context, COST.blur)
      .map((work) => changeValues("blur_rows", step, context, buffers, work)),
    ...wordsOf(step, context, COST.values)
      .map((work) => changeValues("values", step, context, buffers, work)),
  ];
}

/** Some words of four pixels, each computed by an invocation. */
interface WordWork extends Pick<Dispatch, "invocations" | "cost"> {
  readonly first: number;
  readonly words: number;
}

/** Cuts the pixels of the batch. The masks of a word fill a vector. */
function wordsOf(step: Augment, context: Context, costOfPixel: number): WordWork[] {
  const units = Math.ceil(elementCount(context.shape(step.image)) / 4);
  const work = { units, unitBytes: VECTOR_BYTES, cost: 4 * units * costOfPixel };
  return slabsOf(context, work).map(({ first, count }) => {
    return { first, words: count, invocations: count, cost: 4 * count * costOfPixel };
  });
}

/** The constants of the record, see augment_change.wgsl. */
function recordConstants({ image, cells }: Augment, context: Context) {
  const [, height, width] = context.shape(image);
  return { HEIGHT: height, WIDTH: width, BLUR_WEIGHTS, GRID_VALUES: gridValues(cells) };
}

function warp(step: Augment, context: Context, warped: Region): Dispatch[] {
  const { image, cells } = step;
  const [, height, width] = context.shape(image);
  const splines = cells === 0 ? undefined : context.table(splineTable([height, width], cells));
  return wordsOf(step, context, COST.warp + (cells > 0 ? COST.elastic : 0))
    .map(({ first, words, invocations, cost }) =>
      dispatch("augment_warp", {
        entry: "warp",
        constants: { ...recordConstants(step, context), NODES: nodesOf(cells) },
        bindings: {
          rawImages: context.place(step.rawImages),
          rawMasks: context.place(step.rawMasks),
          changes: context.place(step.changes),
          splines,
          warped,
          mask: context.place(step.mask),
        },
        slab: { firstWord: first, words, pixels: elementCount(context.shape(image)) },
        invocations,
        cost,
      })
    );
}

function changeValues(
  entry: DispatchOf<"augment_values">["entry"],
  step: Augment,
  context: Context,
  buffers: Omit<DispatchOf<"augment_values">["bindings"], "changes" | "out">,
  { first, words, invocations, cost }: WordWork,
): Dispatch {
  const shape = context.shape(step.image);
  return dispatch("augment_values", {
    entry,
    constants: { ...recordConstants(step, context), PARTIAL_PIXELS },
    bindings: {
      changes: context.place(step.changes),
      out: context.place(step.image),
      ...buffers,
    },
    slab: { firstWord: first, words, images: shape[0], pixels: elementCount(shape) },
    invocations,
    cost,
  });
}

/** For each pixel of each side: the first of its nodes, and the weights of all four. */
function splineTable(sides: readonly number[], cells: number): Uint32Array<ArrayBuffer> {
  const pixels = sides.flatMap((length) => Array.from({ length }, (_, i) => (i + 0.5) / length));
  const words = new Uint32Array(5 * pixels.length);
  const floats = new Float32Array(words.buffer);
  pixels.forEach((share, i) => {
    const cell = Math.floor(share * cells);
    words[5 * i] = cell;
    floats.set(splineWeights(share * cells - cell), 5 * i + 1);
  });
  return words;
}
