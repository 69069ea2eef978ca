/** Hosts kernels_as/adam.ts. @module */
import { recordWords } from "../../core/wasm.ts";
import type { Adam } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { type Job, job } from "./job.ts";
import { bytesOf } from "./layout.ts";

/** Bytes of a run: four arrays of it stay in the second-level cache. */
const RUN_BYTES = 64 * 1024;

export function adam(step: Adam, context: Context): Job[] {
  const records: number[][] = [];
  for (const entry of step.entries) {
    const bytes = bytesOf(context.spec(entry.parameter));
    for (let at = 0; at < bytes; at += RUN_BYTES) {
      records.push(recordWords("AdamRun", {
        parameter: context.address(entry.parameter) + at,
        gradient: context.address(entry.gradient) + at,
        firstMoment: context.address(entry.firstMoment) + at,
        secondMoment: context.address(entry.secondMoment) + at,
        count: Math.min(RUN_BYTES, bytes - at) / 4,
      }));
    }
  }
  const runs = context.table(records.flat());
  return [job("adam", records.length, { runs, rate: context.address(step.rate) })];
}
