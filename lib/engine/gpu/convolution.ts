/** What the host of a 3x3 convolution is given. @module */
import type { Region } from "../../plan/memory_plan.ts";
import type { Source, Target } from "../../plan/steps.ts";

/** A convolution forward, or backward with weights rotated by 180 degrees. */
export interface Convolution {
  readonly sources: readonly Source[];
  readonly targets: readonly Target[];
  /** A shape with the height and width that sources and targets lie in. */
  readonly frame: readonly number[];
  readonly weight: Region;
  readonly bias?: Region | undefined;
  readonly relu?: boolean | undefined;
  readonly moments?: string | undefined;
  readonly cost: number;
}
