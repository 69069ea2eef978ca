/** What the algorithms of a 3x3 convolution are given. @module */
import type { Source, Target } from "../../plan/steps.ts";

/** A convolution forward, or backward with weights rotated by 180 degrees. */
export interface Convolution {
  readonly sources: readonly Source[];
  readonly targets: readonly Target[];
  /**
   * A shape [n, c, h, w] with the number of images, and the height and width that sources and
   * targets lie in.
   */
  readonly frame: readonly number[];
  readonly weight: {
    readonly address: number;
    /** Written by the plan's setup: whatever is derived from it can be kept. */
    readonly prepared: boolean;
  };
  /** Address, or 0 for none. */
  readonly bias: number;
  readonly relu?: boolean;
  readonly moments?: string;
  /** Of the direct algorithm. */
  readonly flops: number;
}
