/**
 * What programs read off the tensors of a convolution.
 *
 * @module
 */
import type { Input } from "../step_program.ts";

/** The channels of each source. */
export const channelsOf = (inputs: readonly Input[]) => inputs.map(({ tensor }) => tensor.shape[1]);

/** The frame of a convolution's sources: the size of the first one, which has no offsets. */
export function frameOf(inputs: readonly Input[]): readonly [number, number, number] {
  const [n, , height, width] = inputs[0].tensor.shape;
  return [n, height, width];
}

/** The kind of a convolution between maps, by its weight's size, and the kind of the weight. */
export const kindOf = (side: number) => side === 1 ? "pointwise" as const : "conv3x3" as const;
