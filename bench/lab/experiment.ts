/**
 * An experiment of the laboratory: the interface of its host.
 *
 * @module
 */
import type { LabKernel } from "./compile.ts";

/** Variants of one kernel, with functions that lay out inputs, call and check. */
export interface Experiment {
  /** File in bench/lab/kernels. */
  readonly file: string;
  readonly variants: readonly string[];
  /**
   * The peak with which variants are compared: fused multiply-adds, or loads and stores of vectors
   * (the file's `copy`).
   */
  readonly peak: "multiply-adds" | "copies";
  /** Shapes by their names on the command line. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Bytes of memory for the largest shape. */
  readonly bytes: number;
  /** Writes the inputs in a variant's layout, the same numbers for all variants. */
  prepare(variant: string, shape: readonly number[], memory: ArrayBufferLike): Trial;
}

/** One variant at one shape. */
export interface Trial {
  /** Work of a call in the unit of the peak: 2 x multiply-adds, or bytes read and written. */
  readonly work: number;
  call(kernel: LabKernel): void;
  /**
   * The largest error of the last call against float64, in roundings (2^-24) of the sum of
   * |products|.
   */
  worstError(): number;
  /** The largest error that passes: one rounding per product. */
  readonly allowedError: number;
}

/** First byte of the data; the module's constants lie below. */
export const DATA = 65536;

/**
 * Prepares a variant at a shape and checks its result; returns a call to time and its work.
 *
 * @throws {Error} when the result is wrong.
 */
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
    throw new Error(`${variant} at ${shape.join("x")} is wrong by ${error} roundings`);
  }
  return { call, work: trial.work };
}
