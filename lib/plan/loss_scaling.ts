/**
 * Loss scaling (Micikevicius et al., 2018). Gradients of maps are often too small for 16-bit
 * floats, so the loss's gradient is multiplied by a scale, and the optimiser divides by it. A step
 * whose gradients overflow is skipped. The scale follows: half of it after such a step, twice after
 * many good ones, as torch.amp.GradScaler does. All of it is computed on the device.
 *
 * @module
 */

/** The tensor `[3]` that holds a {@linkcode LossScale}. */
export const SCALING = "scaling";

/** The state of loss scaling. */
export interface LossScale {
  /** The factor of all gradients, a power of two. */
  readonly scale: number;
  /** Steps since the scale last changed. */
  readonly steps: number;
  /** Steps that were skipped so far. The optimiser's t does not count them. */
  readonly skipped: number;
}

/** What a training begins with, as PyTorch does. */
export const FIRST_SCALE: LossScale = { scale: 2 ** 16, steps: 0, skipped: 0 };

/** Good steps in a row before the scale is doubled, as in PyTorch. */
export const GROWTH_INTERVAL = 2000;

/** The bounds of the scale. Beyond the upper one the norm of all gradients might overflow. */
export const SCALE_BOUNDS = { least: 1, most: 2 ** 24 };
