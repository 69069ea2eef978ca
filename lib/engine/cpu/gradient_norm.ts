/** Hosts kernels_as/gradient_norm.ts. @module */
import { recordWords } from "../../core/wasm.ts";
import type { GradientNorm } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { type Job, job } from "./job.ts";
import { runsOf } from "./runs.ts";

export function gradientNorm({ gradients, limit, result }: GradientNorm, context: Context): Job[] {
  const records = gradients.flatMap((name) =>
    runsOf([name], context)
      .map(({ addresses: [values], count }) => recordWords("SquaresRun", { values, count }))
  );
  const partials = context.workspace(records.length * 8);
  const partialCount = records.length;
  return [
    job("sumSquares", partialCount, { runs: context.table(records.flat()), partials }),
    job("gradientNorm", 1, { partials, partialCount, result: context.address(result), limit }),
  ];
}
