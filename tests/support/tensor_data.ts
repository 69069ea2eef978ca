/**
 * Data of tensors for property tests.
 *
 * @module
 */
import fc from "fast-check";

/** Up to twelve values of any element type that the formats share. */
export const tensorData = fc.oneof(
  fc.float32Array({ maxLength: 12 }),
  fc.float64Array({ maxLength: 12 }),
  fc.uint8Array({ maxLength: 12 }),
  fc.int32Array({ maxLength: 12 }),
  fc.bigInt64Array({ maxLength: 12 }),
);
