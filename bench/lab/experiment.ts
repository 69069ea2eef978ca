/**
 * The interface of an experiment's host.
 *
 * @module
 */
import type { LabKernel } from "./compile.ts";

/** Variants of one kernel, with the layout, call and check of each. */
export interface Experiment {
  /** File in bench/lab/kernels. */
  readonly file: string;
  readonly variants: readonly string[];
  /**
   * The peak that bounds the variants: the machine's fused multiply-adds, or loads and stores of
   * vectors (the file's `copy`).
   */
  readonly roof: "multiply-adds" | "copies";
  /** Shapes by their names on the command line. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Memory for the largest shape, in bytes. */
  readonly bytes: number;
  /** Writes the inputs of a variant, with equal numbers for all, and prepares a call. */
  prepare(variant: string, shape: readonly number[], memory: ArrayBufferLike): Trial;
}

/** One variant at one shape. */
export interface Trial {
  /** The work of a call in the peak's unit: 2 x multiply-adds, or bytes read and written. */
  readonly work: number;
  call(kernel: LabKernel): void;
  /**
   * After a call: the largest error against float64, in roundings (2^-24) of the sum of
   * |products|.
   */
  worstError(): number;
  /** The largest acceptable error: one rounding for each product. */
  readonly allowedError: number;
}

/** The address of the data. Lower addresses belong to the module. */
export const DATA = 65536;

/** Prepares a variant at a shape, checks its result, and returns the call to be timed. */
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
