/** Jobs: calls of kernels, cut into tasks that any thread may take. @module */
import { argumentsOf, type TaskArguments, type TaskKernel } from "../../core/wasm.ts";

/** One call of a kernel, as {@linkcode job} makes it. */
export interface Job {
  readonly kernel: TaskKernel;
  readonly tasks: number;
  /** Arguments in the order of the kernel's parameters. */
  readonly args: readonly number[];
}

/**
 * A job of `tasks` tasks. Arguments are named after the kernel's parameters, without `task` and
 * `scratch`. Addresses are in bytes; the address of a missing optional tensor is 0.
 */
export function job<Kernel extends TaskKernel>(
  kernel: Kernel,
  tasks: number,
  args: TaskArguments<Kernel>,
): Job {
  return { kernel, tasks, args: argumentsOf(kernel, args) };
}

/** Bytes of a job's description in memory. */
export function jobBytes({ args }: Job): number {
  return (3 + args.length) * 8;
}
