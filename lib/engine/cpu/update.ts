/** Hosts the optimisers' kernels, which are named after their rules. @module */
import { recordWords, type TaskArguments } from "../../core/wasm.ts";
import type { Update } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { type Job, job } from "./job.ts";
import { runsOf } from "./runs.ts";

export function update({ rule, entries, rate, clip, hyper }: Update, context: Context): Job[] {
  const records = entries.flatMap(({ parameter, gradient, slots, decays = false }) =>
    runsOf([parameter, gradient, ...Object.values(slots)], context)
      .map(({ addresses: [parameter, gradient, firstSlot, secondSlot = 0], count }) =>
        recordWords("UpdateRun", {
          parameter,
          gradient,
          firstSlot,
          secondSlot,
          count,
          decays: Number(decays),
        })
      )
  );
  const given = {
    runs: context.table(records.flat()),
    rate: context.address(rate),
    clip: context.addressIf(clip),
  };
  return [job(rule, records.length, { ...given, ...constantsOf(hyper) })];
}

/** A rule's constants as arguments of the same names; job() checks that the kernel has them. */
function constantsOf(hyper: Update["hyper"]) {
  return hyper as Omit<TaskArguments<Update["rule"]>, "runs" | "rate" | "clip">;
}
