/** Hosts kernels_as/adam.ts. @module */
import type { Adam } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { bytesOf } from "./layout.ts";
import type { Job } from "./machine.ts";

/** Bytes of a run: four arrays of it stay in the second-level cache. */
const RUN_BYTES = 64 * 1024;

export function adam(step: Adam, context: Context): Job[] {
  // One record per run: parameter, gradient, first moment, second moment, floats.
  const records: number[] = [];
  for (const { parameter, gradient, firstMoment, secondMoment } of step.entries) {
    const arrays = [parameter, gradient, firstMoment, secondMoment];
    const addresses = arrays.map((name) => context.address(name));
    const bytes = bytesOf(context.spec(parameter));
    for (let at = 0; at < bytes; at += RUN_BYTES) {
      const count = Math.min(RUN_BYTES, bytes - at) / 4;
      records.push(...addresses.map((address) => address + at), count);
    }
  }
  return [{
    kernel: "adam",
    pieces: records.length / 5,
    args: [context.table(records), context.address(step.rate)],
  }];
}
