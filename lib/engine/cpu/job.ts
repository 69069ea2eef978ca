/** Jobs of a kernel with its arguments by name. @module */
import { argumentsOf, type TaskArguments, type TaskKernel } from "../../core/wasm.ts";
import type { Job } from "./machine.ts";

/**
 * A job of `tasks` tasks. The names are those of the kernel's parameters after `task` and `scratch`; addresses are in
 * bytes, an optional tensor's is 0 where it is missing.
 */
export function job<Kernel extends TaskKernel>(
  kernel: Kernel,
  tasks: number,
  args: TaskArguments<Kernel>,
): Job {
  return { kernel, pieces: tasks, args: argumentsOf(kernel, args) };
}
