/** Hosts kernels_as/accumulate.ts. @module */
import { recordWords } from "../../core/wasm.ts";
import type { Accumulate } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { type Job, job } from "./job.ts";
import { runsOf } from "./runs.ts";

export function accumulate({ entries, batches, added }: Accumulate, context: Context): Job[] {
  const records = entries.flatMap((entry) =>
    runsOf([entry.gradient, entry.accumulated], context)
      .map(({ addresses: [gradient, accumulated], count }) =>
        recordWords("AccumulateRun", { gradient, accumulated, count })
      )
  );
  const runs = context.table(records.flat());
  const share = 1 / batches;
  return [
    job("accumulateGradients", records.length, { runs, added: context.address(added), share }),
  ];
}
