/** Operands of a convolution and its weight gradient, as their hosts receive them. @module */
import type { Region } from "../../plan/memory_plan.ts";
import type { Source, Target } from "../../plan/steps.ts";
import type { DispatchOf } from "./dispatch.ts";

/** A forward convolution, or an input gradient, for which weights are rotated by 180 degrees. */
export interface Convolution {
  /** Weights from one channel to another: 9, or 1 of a 1x1 convolution. */
  readonly taps: number;
  readonly sources: readonly Source[];
  readonly targets: readonly Target[];
  /** A shape [n, c, h, w] whose height and width are those of the frame around the operands. */
  readonly frame: readonly number[];
  readonly weight: Region;
  readonly bias?: Region | undefined;
  readonly relu?: boolean | undefined;
  readonly moments?: string | undefined;
  readonly cost: number;
}

/** What the dispatches of all kernels of weight gradients have in common. */
export type GradientCall = Pick<
  DispatchOf<"conv3x3_weight_gradient">,
  "bindings" | "slab" | "cost"
>;
