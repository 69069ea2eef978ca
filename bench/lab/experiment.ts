/**
 * What a lab's host provides.
 *
 * @module
 */
import type { LabKernel } from "./compile.ts";

/** Variants of one kernel, and how to lay out, call and check each. */
export interface Experiment {
  /** File in bench/lab/kernels. */
  readonly file: string;
  readonly variants: readonly string[];
  /**
   * What bounds the variants: the machine's fused multiply-adds, or loads and stores of vectors
   * (the file's `copy`).
   */
  readonly roof: "multiply-adds" | "copies";
  /** Shapes by their names on the command line. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Memory for the largest shape. */
  readonly bytes: number;
  /** Lays out the inputs of a variant, the same numbers for all, and readies a call. */
  prepare(variant: string, shape: readonly number[], memory: ArrayBufferLike): Trial;
}

/** One variant at one shape. */
export interface Trial {
  /** What a call does, in the roof's unit: 2 x multiply-adds, or bytes read and written. */
  readonly work: number;
  call(kernel: LabKernel): void;
  /**
   * After a call: the largest error, in roundings (2^-24) of the sum of |products|, against
   * float64.
   */
  worstError(): number;
  /** The most that is right: one rounding for each product. */
  readonly allowedError: number;
}

/** First byte of the data: below lies what the module keeps for itself. */
export const DATA = 65536;

/** Readies a variant at a shape and sees to it that it is right: the call that may be timed. */
export function checkedCall(
  experiment: Experiment,
  variant: string,
  shape: readonly number[],
  { kernels, memory }: { kernels: Record<string, LabKernel>; memory: ArrayBufferLike },
): { call: () => void; work: number } {
  const trial = experiment.prepare(variant, shape, memory);
  const call = () => trial.call(kernels[variant]);
  call();
  const error = trial.worstError();
  if (!(error <= trial.allowedError)) {
    throw new Error(`${variant} at ${shape.join("x")} is wrong: off by ${error} roundings`);
  }
  return { call, work: trial.work };
}
