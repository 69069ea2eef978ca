/** Hosts the optimisers' kernels, which are named after their rules. @module */
import type { TaskArguments } from "../../core/wasm.ts";
import type { Update } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { type Job, job } from "./job.ts";
import { bytesOf } from "./layout.ts";

/** Bytes of a run, one task: its arrays stay in the second-level cache. */
const RUN_BYTES = 64 * 1024;

export function update({ rule, entries, rate, hyper }: Update, context: Context): Job[] {
  // One record per run: addresses of the parameter, its gradient and the slots, then the number of
  // floats.
  const records: number[][] = [];
  for (const { parameter, gradient, slots } of entries) {
    const arrays = [parameter, gradient, ...Object.values(slots)];
    const addresses = arrays.map((name) => context.address(name));
    const bytes = bytesOf(context.spec(parameter));
    for (let at = 0; at < bytes; at += RUN_BYTES) {
      const count = Math.min(RUN_BYTES, bytes - at) / 4;
      records.push([...addresses.map((address) => address + at), count]);
    }
  }
  const runs = context.table(records.flat());
  return [job(rule, records.length, { runs, rate: context.address(rate), ...constantsOf(hyper) })];
}

/** A rule's constants as arguments of the same names; job() checks that the kernel has them. */
function constantsOf(hyper: Update["hyper"]) {
  return hyper as Omit<TaskArguments<Update["rule"]>, "runs" | "rate">;
}
