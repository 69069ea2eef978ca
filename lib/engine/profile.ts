/**
 * Profiles a plan: time, arithmetic and memory traffic by kind of step.
 *
 * @module
 */
import { median } from "../core/statistics.ts";
import type { Tensors } from "../core/tensor.ts";
import { stepFlops } from "../plan/flops.ts";
import { operandsOf } from "../plan/operands.ts";
import { type Plan, specsOf, stepsOf } from "../plan/plan.ts";
import type { Step, StepKind } from "../plan/steps.ts";
import type { Backend, MemoryUse, Program } from "./backend.ts";

/** Time, arithmetic and traffic of all steps of one kind in one run. */
export interface KindProfile {
  readonly kind: StepKind;
  /** Number of steps of this kind. */
  readonly calls: number;
  /** Milliseconds in one run: the median over all runs. */
  readonly ms: number;
  /** 2 x multiply-adds of the direct algorithm. */
  readonly flops: number;
  /** Bytes of the tensors that the steps read and write, each counted once per step. */
  readonly bytes: number;
}

/** Profile of a plan. */
export interface Profile {
  /** The kinds that occur, the slowest first. */
  readonly kinds: readonly KindProfile[];
  /** Milliseconds of one run: the median of the sums over all steps. */
  readonly ms: number;
  readonly flops: number;
  /** The backend's peak in FLOP/s, where it can be measured. */
  readonly peak?: number;
  readonly memory: MemoryUse;
}

/** The warm-up ends after so many runs or so many milliseconds. */
const WARM_UP_RUNS = 3;
const WARM_UP_MS = 1000;

/**
 * Runs a plan `runs` times after a warm-up. `tensors` are its persistent tensors and inputs by
 * name; missing ones are zero.
 *
 * @throws {InputError} when the plan needs more memory than the limit.
 * @throws {DeviceError} where the backend has no clock.
 */
export async function profilePlan(
  backend: Backend,
  plan: Plan,
  tensors: Tensors,
  { runs }: { readonly runs: number },
): Promise<Profile> {
  const memory = backend.memoryNeeded([plan]);
  const peak = await backend.peak?.();
  const program = await backend.prepare([plan], { brief: true });
  try {
    const specs = specsOf(plan);
    for (const [name, { data }] of Object.entries(tensors)) {
      if (specs.has(name)) program.write(0, name, data);
    }
    await program.run(0, ["setup"]);
    const start = performance.now();
    for (let run = 0; run < WARM_UP_RUNS && performance.now() - start < WARM_UP_MS; run++) {
      await program.run(0);
    }
    const times: Map<StepKind, number>[] = [];
    for (let run = 0; run < runs; run++) times.push(await program.timeKinds(0));
    const kinds = [...times[0].keys()].map((kind): KindProfile => {
      const steps = stepsOf(plan).filter((step) => step.kind === kind);
      const sum = (of: (step: Step) => number) => steps.reduce((all, step) => all + of(step), 0);
      return {
        kind,
        calls: steps.length,
        ms: median(times.map((run) => run.get(kind)!)),
        flops: sum((step) => stepFlops(step, specs)),
        bytes: sum((step) => bytesMoved(step, program)),
      };
    });
    const sums = times.map((run) => run.values().reduce((sum, ms) => sum + ms, 0));
    return {
      kinds: kinds.sort((a, b) => b.ms - a.ms),
      ms: median(sums),
      flops: kinds.reduce((sum, { flops }) => sum + flops, 0),
      ...(peak !== undefined && { peak }),
      memory,
    };
  } finally {
    program.close();
  }
}

function bytesMoved(step: Step, program: Program): number {
  const { reads, writes } = operandsOf(step);
  return [...reads, ...writes].reduce((sum, name) => sum + program.bytesOf(0, name), 0);
}
