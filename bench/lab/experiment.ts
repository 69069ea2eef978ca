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
  /** Shapes by their names on the command line. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Memory for the largest shape. */
  readonly bytes: number;
  /** Lays out the inputs of a variant, the same numbers for all, and readies a call. */
  prepare(variant: string, shape: readonly number[], memory: ArrayBufferLike): Trial;
}

/** One variant at one shape. */
export interface Trial {
  /** 2 x multiply-adds of a call. */
  readonly flops: number;
  call(kernel: LabKernel): void;
  /** After a call: the largest error, in roundings (2^-24) of the sum of |products|, against float64. */
  worstError(): number;
  /** The most that is right: one rounding for each product. */
  readonly allowedError: number;
}
