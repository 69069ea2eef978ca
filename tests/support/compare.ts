/**
 * Compares tensors with a tolerance and reports the differences.
 *
 * @module
 */
import { assertEquals, AssertionError } from "@std/assert";
import type { Tensor, TensorData } from "../../lib/core/tensor.ts";

/**
 * Throws unless |got - expected| <= atol everywhere. An atol of 0 requires equal numbers (0 equals
 * -0, NaN equals NaN).
 */
export function assertClose(what: string, got: Tensor, expected: Tensor, atol: number): void {
  if (got.shape.join() !== expected.shape.join()) {
    throw new AssertionError(
      `${what}: shape [${got.shape}], expected [${expected.shape}]`,
    );
  }
  const { wrong, worst, difference } = compare(got.data, expected.data, atol);
  if (wrong === 0) return;
  const place = coordinates(worst, got.shape);
  const ratio = atol > 0 ? `, ${(difference / atol).toPrecision(3)} times the tolerance` : "";
  throw new AssertionError(
    `${what}: ${wrong} of ${got.data.length} values differ by more than ${atol}; worst at ` +
      `[${place}]: got ${got.data[worst]}, expected ${expected.data[worst]} (difference ` +
      `${difference.toPrecision(3)}${ratio})`,
  );
}

/** {@linkcode assertClose} for one number. */
export function assertCloseNumber(what: string, got: number, expected: number, atol: number): void {
  const scalar = (value: number) => ({ shape: [], data: Float64Array.of(value) });
  assertClose(what, scalar(got), scalar(expected), atol);
}

/** {@linkcode assertClose} for plain lists of numbers. */
export function assertCloseValues(
  what: string,
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  atol: number,
): void {
  const tensor = (values: ArrayLike<number>) => ({
    shape: [values.length],
    data: Float64Array.from(values),
  });
  assertClose(what, tensor(got), tensor(expected), atol);
}

/** Throws unless two tensors are equal bit for bit (NaN equals the same NaN, 0 differs from -0). */
export function assertSameBits(what: string, got: Tensor, expected: Tensor): void {
  const bits = ({ data: { buffer, byteOffset, byteLength } }: Tensor) =>
    new Uint8Array(buffer, byteOffset, byteLength);
  const [a, b] = [bits(got), bits(expected)];
  const at = a.findIndex((byte, index) => byte !== b[index]);
  if (at < 0 && a.length === b.length) return;
  const index = Math.floor(Math.max(at, 0) / got.data.BYTES_PER_ELEMENT);
  throw new AssertionError(
    `${what}: bits differ first at [${coordinates(index, got.shape)}]: ` +
      `${got.data[index]} and ${expected.data[index]}`,
  );
}

/** Throws unless two files have equal bytes; it names the first difference, for files are long. */
export function assertSameBytes(what: string, got: Uint8Array, expected: Uint8Array): void {
  assertEquals(got.length, expected.length, `${what}: length`);
  const tensor = (data: Uint8Array) => ({ shape: [data.length], data });
  assertSameBits(what, tensor(got), tensor(expected));
}

/** The Euclidean norm of the difference divided by that of the expected values. */
export function relativeDistance(got: readonly Tensor[], expected: readonly Tensor[]): number {
  let distance = 0;
  let norm = 0;
  expected.forEach(({ data }, tensor) => {
    for (let i = 0; i < data.length; i++) {
      distance += (Number(got[tensor].data[i]) - Number(data[i])) ** 2;
      norm += Number(data[i]) ** 2;
    }
  });
  return Math.sqrt(distance / norm);
}

/** The largest |value|. */
export function scaleOf({ data }: Tensor): number {
  let scale = 0;
  for (let i = 0; i < data.length; i++) scale = Math.max(scale, Math.abs(Number(data[i])));
  return scale;
}

function compare(got: TensorData, expected: TensorData, atol: number) {
  let [wrong, worst, difference] = [0, 0, -1];
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [Number(got[i]), Number(expected[i])];
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue;
    const distance = Math.abs(a - b);
    if (distance <= atol) continue;
    wrong++;
    const size = Number.isNaN(distance) ? Infinity : distance;
    if (size > difference) [worst, difference] = [i, size];
  }
  return { wrong, worst, difference };
}

function coordinates(index: number, shape: readonly number[]): string {
  const place: number[] = [];
  for (const extent of shape.toReversed()) {
    place.unshift(index % extent);
    index = Math.floor(index / extent);
  }
  return place.join(", ");
}
