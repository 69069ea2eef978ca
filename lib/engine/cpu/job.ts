/** Jobs: a kernel with its arguments, cut into tasks that any thread may take. @module */
import { argumentsOf, type TaskArguments, type TaskKernel } from "../../core/wasm.ts";

/** One call of a kernel, as {@linkcode job} makes it. */
export interface Job {
  readonly kernel: TaskKernel;
  readonly tasks: number;
  /** In the order of the kernel's parameters. */
  readonly args: readonly number[];
}

/**
 * A job of `tasks` tasks. The names are those of the kernel's parameters after `task` and
 * `scratch`; addresses are in bytes, an optional tensor's is 0 where it is missing.
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
