/**
 * Weight gradients of convolutions, cut into partials and slabs. Hosts
 * kernels_wgsl/conv3x3_weight_gradient.wgsl and conv3x3_weight_gradient_tiled.wgsl, two variants
 * that give the same bits; conv3x3_winograd_weight_gradient.ts says which gradients it computes.
 *
 * @module
 */
import { stepFlops } from "../../plan/flops.ts";
import type { Conv3x3WeightGradient, PointwiseWeightGradient } from "../../plan/steps.ts";
import { constantReading, type Context, type Dispatch, reading, windowOf } from "./context.ts";
import {
  isGradientByWinograd,
  winogradGradientKernel,
  winogradPartialRows,
} from "./conv3x3_winograd_weight_gradient.ts";
import type { GradientCall } from "./convolution.ts";
import { type ConstantsOf, dispatch } from "./dispatch.ts";
import { blocksOf, sourceBlocks, VECTOR_BYTES } from "./layout.ts";
import { partialRows } from "./partials.ts";
import { partialBytes, sumPartials } from "./reduce.ts";
import { rowBytes, rowWindow, slabsOf } from "./slabs.ts";
import {
  chosenVariant,
  GRADIENT_TILES,
  gradientInvocationsOf,
  GROUPS,
  weightGradientVariants,
} from "./variants.ts";

/** The gradient of 3x3 weights, or of 1x1 weights. */
export function weightGradient(
  step: Conv3x3WeightGradient | PointwiseWeightGradient,
  context: Context,
): Dispatch[] {
  const frame = context.shape(step.gradient);
  const [images, outChannels, height, width] = frame;
  const channels = step.sources.map(({ tensor }) => context.shape(tensor)[1]);
  const inBlocks = sourceBlocks(channels);
  const outBlocks = blocksOf(outChannels);
  const rows = images * height;
  const out = context.place(step.weightGradient);
  // Every source has its own dispatches, so the largest of them decides.
  const mostBlocks = Math.max(...channels.map(blocksOf));
  const byWinograd = isGradientByWinograd(step, context);
  const rowsOf = byWinograd ? winogradPartialRows : partialRows;
  const rowsPerPartial = rowsOf(rows, width, mostBlocks * outBlocks, out.bytes);
  const partialCount = Math.ceil(rows / rowsPerPartial);
  const [partials] = partialCount > 1
    ? context.workspace(partialBytes(out.bytes, partialCount))
    : [out];
  const flops = stepFlops(step, context.specs);
  const dispatches: Dispatch[] = [];
  let firstBlock = 0;
  for (const [index, source] of step.sources.entries()) {
    const { kind, shape: sourceShape } = context.spec(source.tensor);
    const [, , sourceHeight, sourceWidth] = sourceShape;
    const blocks = blocksOf(channels[index]);
    const plane = kind === "plane";
    const top = source.top ?? 0;
    const common = {
      blocks,
      outBlocks,
      rowsPerPartial,
      frameHeight: height,
      frameWidth: width,
      height: sourceHeight,
      width: sourceWidth,
      top,
      left: source.left ?? 0,
      inBlocks,
      firstBlock,
      ...reading(source),
    };
    const taps = step.kind === "conv3x3_weight_gradient" ? 9 : 1;
    const kernel = byWinograd
      ? winogradGradientKernel(context, { partialCount, height, width, blocks, outBlocks })
      : directKernel(
        context,
        { height, width, blocks, outBlocks, plane, taps },
        { ...constantReading(source), CHANNELS: plane ? channels[index] : 0 },
      );
    const cost = flops * blocks / inBlocks;
    const slabs = slabsOf(context, {
      units: partialCount,
      unitBytes: Math.max(
        rowsPerPartial * rowBytes(frame),
        rowsPerPartial * rowBytes(sourceShape),
        out.bytes,
      ),
      haloBytes: 2 * Math.max(rowBytes(frame), rowBytes(sourceShape)),
      cost,
    });
    for (const { first, count } of slabs) {
      const firstRow = first * rowsPerPartial;
      const rowSlab = { first: firstRow, count: Math.min(count * rowsPerPartial, rows - firstRow) };
      const x = plane
        ? { place: context.place(source.tensor), base: 0 }
        : rowWindow(context, source.tensor, height, rowSlab, (y) => [y - 1 - top, y + 2 - top]);
      const dy = rowWindow(context, step.gradient, height, rowSlab, (y) => [y, y + 1]);
      const vectors = out.bytes / VECTOR_BYTES;
      const view = windowOf(partials, first * vectors, (first + count) * vectors);
      dispatches.push(kernel({
        bindings: {
          x: x.place,
          norm: context.placeIf(source.norm),
          dy: dy.place,
          partials: view.place,
        },
        slab: {
          firstPartial: first,
          partialCount: count,
          rows,
          x: x.base,
          dy: dy.base,
          partials: view.base,
          ...common,
        },
        cost: cost * count / partialCount,
      }));
    }
    firstBlock += blocks;
  }
  if (partialCount > 1) dispatches.push(...sumPartials(context, out, partials, partialCount));
  return dispatches;
}

/** The dispatches of one source by the variant that is chosen for it. */
function directKernel(
  { limits }: Context,
  of: Parameters<typeof weightGradientVariants>[0] & { readonly height: number },
  plainConstants: Omit<ConstantsOf<"conv3x3_weight_gradient">, "PLANE">,
): (call: GradientCall) => Dispatch {
  const { height, width, taps, plane } = of;
  const fitting = weightGradientVariants(of, limits);
  const choice = { kernel: "conv3x3_weight_gradient", height, width, fitting };
  const variant = taps === 9 ? chosenVariant(limits, choice) : fitting[0];
  const tile = GRADIENT_TILES.get(variant);
  const pairs = of.blocks * of.outBlocks;
  if (!tile) {
    return (call) =>
      dispatch("conv3x3_weight_gradient", {
        ...call,
        entry: taps === 9 ? "accumulate" : "accumulate_centre",
        constants: { ...plainConstants, PLANE: plane },
        group: GROUPS.get(variant)!,
        invocations: call.slab.partialCount * pairs,
      });
  }
  return (call) =>
    dispatch("conv3x3_weight_gradient_tiled", {
      ...call,
      entry: "accumulate",
      constants: {
        CHUNK_IN: tile.chunkIn,
        CHUNK_OUT: tile.chunkOut,
        EACH: tile.each,
        AHEAD: tile.ahead,
        BUFFERS: tile.buffers,
      },
      group: gradientInvocationsOf(tile),
      invocations: 3 * call.slab.partialCount * pairs / tile.each,
    });
}
