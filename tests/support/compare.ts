/**
 * Comparing arrays of numbers, with a failure that says where and by how much.
 *
 * @module
 */
import { assert } from "@std/assert";

/** Fails unless the arrays are equally long and differ by at most `tolerance` anywhere. */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
): void {
  assert(actual.length === expected.length, `${actual.length} values, not ${expected.length}`);
  for (let i = 0; i < expected.length; i++) {
    // A difference that is not a number fails, too.
    assert(
      Math.abs(actual[i] - expected[i]) <= tolerance,
      `value ${i} is ${actual[i]}, not ${expected[i]} within ${tolerance}`,
    );
  }
}
