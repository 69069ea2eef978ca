/** Operands of a 3x3 convolution, as its algorithms receive them. @module */
import type { Source, Target } from "../../plan/steps.ts";

/** A forward convolution, or an input gradient with weights rotated by 180 degrees. */
export interface Convolution {
  readonly sources: readonly Source[];
  readonly targets: readonly Target[];
  /**
   * A shape [n, c, h, w]: the number of images, and the height and width of the frame around the
   * operands.
   */
  readonly frame: readonly number[];
  readonly weight: {
    readonly address: number;
    /** Whether the plan's setup writes it. Its transform is then kept for all runs. */
    readonly prepared: boolean;
  };
  /** Address, or 0 for none. */
  readonly bias: number;
  readonly relu?: boolean;
  readonly moments?: string;
  /** FLOPs of the direct algorithm. */
  readonly flops: number;
}
