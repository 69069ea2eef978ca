/**
 * Where the time of a plan goes, by the kind of step: what the profiles of both engines are made of.
 *
 * @module
 */
import { type Plan, stepsOf } from "../plan/plan.ts";
import { median } from "../core/statistics.ts";
import { stepFlops } from "../plan/flops.ts";
import type { StepKind, TensorSpec } from "../plan/steps.ts";

/** What all steps of one kind took in a run. */
export interface KindProfile {
  readonly kind: StepKind;
  /** Steps of this kind. */
  readonly calls: number;
  /** Milliseconds of one run: the median of all. */
  readonly ms: number;
  /** 2 x multiply-adds of the direct algorithm. */
  readonly flops: number;
}

/** What a plan took. */
export interface PlanTimes {
  /** The kinds that occur, the longest first. */
  readonly kinds: readonly KindProfile[];
  /** Milliseconds of one run: the median of the sums over all steps. */
  readonly ms: number;
  readonly flops: number;
}

/** Sums up what the kinds of steps took in each of several runs. */
export function summarise(
  plan: Plan,
  specs: ReadonlyMap<string, TensorSpec>,
  times: readonly ReadonlyMap<StepKind, number>[],
): PlanTimes {
  const kinds = [...times[0].keys()].map((kind): KindProfile => {
    const steps = stepsOf(plan).filter((step) => step.kind === kind);
    return {
      kind,
      calls: steps.length,
      ms: median(times.map((run) => run.get(kind)!)),
      flops: steps.reduce((sum, step) => sum + stepFlops(step, specs), 0),
    };
  });
  const sums = times.map((run) => run.values().reduce((sum, ms) => sum + ms, 0));
  return {
    kinds: kinds.sort((a, b) => b.ms - a.ms),
    ms: median(sums),
    flops: kinds.reduce((sum, { flops }) => sum + flops, 0),
  };
}
