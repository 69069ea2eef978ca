/**
 * The dispatches of a plan on a GPU that is not there: the engine's hosts lower every step under
 * given limits, and nothing is compiled or run.
 *
 * @module
 */
import { Context, type Dispatch } from "../../../lib/engine/gpu/context.ts";
import { OFFSET_ALIGNMENT } from "../../../lib/engine/gpu/adapter.ts";
import { bytesOf } from "../../../lib/engine/gpu/layout.ts";
import type { GpuLimits } from "../../../lib/engine/gpu/limits.ts";
import { lower } from "../../../lib/engine/gpu/lower.ts";
import { listedTensors } from "../../../lib/engine/gpu/tensor_list.ts";
import { placeInOrder } from "../../../lib/plan/memory_plan.ts";
import { type Plan, RUN, type Segment, specsOf, stepsOf } from "../../../lib/plan/plan.ts";
import type { Step } from "../../../lib/plan/steps.ts";

/** What a large GPU of today allows; no layer of a common network is cut on a fast one. */
export const LARGE_GPU: GpuLimits = {
  bindingBytes: 2 ** 31 - 256,
  bufferBytes: 2 ** 31 - 256,
  workgroups: 65535,
  dispatchFlops: 2e12,
  busyWorkgroups: 264,
  groupSize: 1024,
  groupBytes: 49152,
  tiled: true,
};

/** A dispatch and the step to which it belongs. */
export interface StepDispatch {
  readonly step: Step;
  readonly dispatch: Dispatch;
}

/** Bytes between the made-up places of tensors: no tensor is so large. */
const APART = 2 ** 40;

/**
 * The dispatches of a plan's segments in order. Every tensor has a place of its own, so that a
 * region tells which tensor is bound. Those that are listed for one dispatch lie side by side, so
 * that their window has their size.
 */
export function dispatchesOf(
  plan: Plan,
  limits: GpuLimits,
  segments: readonly Segment[] = RUN,
): StepDispatch[] {
  const indices = new Map(plan.tensors.map(({ name }, index) => [name, index]));
  const specs = specsOf(plan);
  const listed = placeInOrder(
    listedTensors(plan),
    (name) => bytesOf(specs.get(name)!),
    { alignment: OFFSET_ALIGNMENT, piece: limits.bufferBytes },
    // A multiple of the buffers' size, below all other places but the workspace.
    Math.floor(APART / limits.bufferBytes / 2) * limits.bufferBytes,
  ).offsets;
  const places = {
    tensor: (name: string) => listed.get(name) ?? (2 + indices.get(name)!) * APART,
    tables: APART,
    workspace: 0,
  };
  const context = new Context(plan, places, limits);
  return stepsOf(plan, segments)
    .flatMap((step) => lower(step, context).map((dispatch) => ({ step, dispatch })));
}
