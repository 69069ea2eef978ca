/**
 * Compares tensors with digests of PyTorch's, which tests/golden/networks/make.py takes: a norm,
 * the largest value, and values at even distances.
 *
 * @module
 */
import type { Tensor } from "../../lib/core/tensor.ts";
import { assertCloseNumber, scaleOf } from "./compare.ts";

/** What a golden file holds of a tensor. */
export interface Digest {
  readonly norm: number;
  readonly largest: number;
  readonly samples: readonly number[];
}

/** Values at even distances, as make.py takes them. */
function digestOf({ data }: Tensor, samples: number): Digest {
  const values = Float64Array.from(data as Float32Array);
  const at = (i: number) => values[Math.floor(i * (values.length - 1) / Math.max(1, samples - 1))];
  return {
    norm: Math.hypot(...values),
    largest: scaleOf({ shape: [values.length], data: values }),
    samples: Array.from({ length: samples }, (_, i) => at(i)),
  };
}

/** Asserts that a tensor has a digest, up to a share of its norm and of its largest value. */
export function checkDigest(
  what: string,
  tensor: Tensor,
  expected: Digest,
  tolerance: number,
): void {
  const got = digestOf(tensor, expected.samples.length);
  // A gradient that cancels to nothing is compared with the rounding of its summands.
  const largest = Math.max(expected.largest, 1e-3);
  assertCloseNumber(
    `norm of ${what}`,
    got.norm,
    expected.norm,
    tolerance * Math.max(expected.norm, 1e-3),
  );
  for (const [i, sample] of expected.samples.entries()) {
    assertCloseNumber(`sample ${i} of ${what}`, got.samples[i], sample, tolerance * largest);
  }
}
