/**
 * Programs of one step whose shapes fit every tile of the GPU kernels with workgroup memory, as
 * small as they can be: borders, several sources, norms, moments.
 *
 * @module
 */
import * as steps from "./one_step.ts";
import { Draw } from "./random_programs.ts";
import type { Program } from "./step_program.ts";

/** The programs by the kernel that they are about. */
export const TILE_PROGRAMS: Readonly<Record<string, () => Program>> = {
  // Too few channels for Winograd's algorithm, and so many pixels that moments are merged by rows.
  conv3x3_tiled: () => {
    const draw = new Draw(7);
    const inputs = [
      draw.input([1, 5, 64, 64], true),
      { ...draw.input([1, 6, 62, 61], true), top: 1, left: 2 },
    ];
    return steps.batchNorm(inputs, draw.values([128, 11, 3, 3]), draw.normParameters(128));
  },
  conv3x3_winograd: () => {
    const draw = new Draw(7);
    const inputs = [
      draw.input([2, 24, 16, 32], true),
      { ...draw.input([2, 9, 13, 29], true), top: 1, left: 2 },
    ];
    return steps.batchNorm(inputs, draw.values([64, 33, 3, 3]), draw.normParameters(64));
  },
  // Heights that are no multiples of Winograd's slices.
  conv3x3_weight_gradient_tiled: () => {
    const draw = new Draw(7);
    const inputs = [
      draw.input([2, 32, 6, 32], true),
      { ...draw.input([2, 64, 4, 27], true), top: 1, left: 3 },
    ];
    return steps.conv3x3WeightGradient(inputs, draw.values([2, 64, 6, 32]));
  },
  conv3x3_winograd_weight_gradient: () => {
    const draw = new Draw(7);
    const inputs = [
      draw.input([2, 31, 16, 24], true),
      { ...draw.input([2, 16, 13, 21], true), top: 1, left: 2 },
    ];
    return steps.conv3x3WeightGradient(inputs, draw.values([2, 64, 16, 24]));
  },
  convtranspose2_tiled: () => {
    const draw = new Draw(7);
    const input = { ...draw.input([2, 32, 5, 9], true), relu: true };
    return steps.convTranspose2(input, draw.values([32, 64, 2, 2]), draw.values([64]));
  },
  convtranspose2_source_gradient_tiled: () => {
    const draw = new Draw(7);
    const dy = draw.values([2, 32, 10, 18]);
    return steps.convTranspose2InputGradient(dy, draw.values([128, 32, 2, 2]));
  },
  convtranspose2_weight_gradient_tiled: () => {
    const draw = new Draw(7);
    const input = { ...draw.input([2, 128, 6, 16], true), relu: true };
    return steps.convTranspose2WeightGradient(input, draw.values([2, 64, 12, 32]));
  },
};
