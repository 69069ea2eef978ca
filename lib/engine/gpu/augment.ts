/**
 * Hosts the kernels that change images (kernels_wgsl/augment_warp.wgsl, augment_values.wgsl).
 * @module
 */
import { elementCount } from "../../core/tensor.ts";
import { NORMAL_QUANTILES } from "../../dataset/augment/normal_quantiles.ts";
import { BLUR_WEIGHTS, gridValues } from "../../dataset/augment/record.ts";
import { nodesOf, splineTable } from "../../dataset/augment/warp.ts";
import type { Augment } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { VECTOR_BYTES } from "./layout.ts";
import { slabsOf } from "./slabs.ts";

/** Pixels that one partial sum covers. */
const PARTIAL_PIXELS = 1024;

/** Estimated FLOP of a pixel. */
const COST = { warp: 60, elastic: 100, blur: 60, values: 150, sum: 8 };

/** Warps the batch in one dispatch and changes its values in four; long ones are cut by pixels. */
export function augment(step: Augment, context: Context): Dispatch[] {
  const { cells } = step;
  const shape = context.shape(step.image);
  const [images, height, width] = shape;
  const pixels = elementCount(shape);
  const partialCount = Math.ceil(height * width / PARTIAL_PIXELS);
  const bytes = context.bytes(step.image);
  const [warped, blurred, partials, meanPowers] = context.workspace(
    bytes,
    bytes,
    Math.ceil(images * partialCount / 4) * VECTOR_BYTES,
    Math.ceil(images / 4) * VECTOR_BYTES,
  );
  const changes = context.place(step.changes);
  const constants = {
    HEIGHT: height,
    WIDTH: width,
    BLUR_WEIGHTS,
    GRID_VALUES: gridValues(cells),
  };
  /** Dispatches with an invocation for each word of four pixels, whose masks fill a vector. */
  const byWords = (
    perPixel: number,
    make: (words: { firstWord: number; words: number }, work: Work) => Dispatch,
  ) => {
    const units = Math.ceil(pixels / 4);
    const cost = 4 * units * perPixel;
    return slabsOf(context, { units, unitBytes: VECTOR_BYTES, cost })
      .map(({ first, count }) =>
        make({ firstWord: first, words: count }, {
          invocations: count,
          cost: 4 * count * perPixel,
        })
      );
  };
  const values = (
    entry: "sums" | "means" | "blur_rows" | "values",
    words: { firstWord: number; words: number },
    work: Work,
  ) =>
    dispatch("augment_values", {
      entry,
      constants: { ...constants, PARTIAL_PIXELS },
      bindings: {
        changes,
        warped,
        partials,
        meanPowers,
        blurred,
        normals,
        out: context.place(step.image),
      },
      slab: { ...words, images, pixels },
      ...work,
    });
  const all = { firstWord: 0, words: 0 };
  const splines = cells === 0 ? undefined : context.table(
    Uint32Array.from([...splineTable(height, cells), ...splineTable(width, cells)]),
  );
  const normals = context.table(new Uint32Array(NORMAL_QUANTILES.slice().buffer));
  return [
    ...byWords(
      COST.warp + (cells > 0 ? COST.elastic : 0),
      (words, work) =>
        dispatch("augment_warp", {
          entry: "warp",
          constants: { ...constants, NODES: nodesOf(cells) },
          bindings: {
            rawImages: context.place(step.rawImages),
            rawMasks: context.place(step.rawMasks),
            changes,
            splines,
            warped,
            mask: context.place(step.mask),
          },
          slab: { ...words, pixels },
          ...work,
        }),
    ),
    values("sums", all, {
      invocations: images * partialCount,
      cost: pixels * COST.sum,
    }),
    values("means", all, { invocations: images, cost: images * partialCount * COST.sum }),
    ...byWords(COST.blur, (words, work) => values("blur_rows", words, work)),
    ...byWords(COST.values, (words, work) => values("values", words, work)),
  ];
}

type Work = Pick<Dispatch, "invocations" | "cost">;
