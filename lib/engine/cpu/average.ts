/** Hosts kernels_as/average.ts. @module */
import { recordWords } from "../../core/wasm.ts";
import type { Average } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { type Job, job } from "./job.ts";
import { runsOf } from "./runs.ts";

export function average({ entries, decay, rate }: Average, context: Context): Job[] {
  const records = entries.flatMap((entry) =>
    runsOf([entry.value, entry.average], context)
      .map(({ addresses: [value, average], count }) =>
        recordWords("AverageRun", { value, average, count })
      )
  );
  const runs = context.table(records.flat());
  return [job("average", records.length, { runs, rate: context.address(rate), decay })];
}
