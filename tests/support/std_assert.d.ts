// The part of Deno's standard library `assert` that the tests use (the npm copy carries no types).
type ErrorClass = abstract new (...args: never[]) => Error;
export class AssertionError extends Error {
  constructor(message: string);
}
export function assert(value: unknown, message?: string): asserts value;
export function assertEquals<T>(actual: T, expected: T, message?: string): void;
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void;
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance?: number,
  message?: string,
): void;
export function assertMatch(actual: string, expected: RegExp, message?: string): void;
export function assertStringIncludes(actual: string, expected: string, message?: string): void;
export function assertThrows(
  call: () => unknown,
  errorClass?: ErrorClass,
  includes?: string,
  message?: string,
): Error;
export function assertRejects(
  call: () => Promise<unknown>,
  errorClass?: ErrorClass,
  includes?: string,
  message?: string,
): Promise<Error>;
