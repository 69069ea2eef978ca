/**
 * Measures which variant of a convolution is the fastest on this GPU, for each shape of a plan, the
 * costliest shapes first, as long as the budget lasts. A variant never changes a bit (variants.ts),
 * so this is about time alone.
 *
 * @module
 */
import { forwardOnly, type Plan, specsOf, stepsOf } from "../../plan/plan.ts";
import { OutOfMemoryError } from "../../core/errors.ts";
import { stepFlops } from "../../plan/flops.ts";
import type { Step, StepKind } from "../../plan/steps.ts";
import { operandsOf } from "../../plan/operands.ts";
import type { Gpu } from "./adapter.ts";
import { Clock } from "./clock.ts";
import { KERNELS, SHARED } from "./kernels.ts";
import { Memory } from "./memory.ts";
import { Pipelines } from "./pipelines.ts";
import { compile, mapMemory } from "./compile.ts";
import { callsOf } from "../compiled.ts";
import { crc32 } from "../../core/crc32.ts";
import { isRecord } from "../../core/json.ts";

/** Where choices are remembered: plain data that whoever keeps it may lose or spoil. */
export interface TuningStore {
  read(): Promise<unknown>;
  write(value: unknown): Promise<void>;
}

/** How to tune. */
export interface TuningOptions {
  readonly store: TuningStore;
  /** The most time to measure for, in ms; by default 20 s. */
  readonly budgetMs?: number;
  /** Also on adapters in software, for tests. */
  readonly inSoftware?: boolean;
  /** Called before anything is measured. */
  readonly onStart?: () => void;
}

/** Variants by shape. */
export type Choices = Map<string, string>;

const BUDGET_MS = 20_000;

/** Measured runs of a variant; the fastest counts. */
const RUNS = 3;

/** A variant must save this share of the default's time to be preferred: less may be chance. */
const LEAST_GAIN = 0.03;

/** The steps whose kernels have variants. */
const TUNED: ReadonlySet<StepKind> = new Set<StepKind>([
  "conv3x3",
  "conv3x3_input_gradient",
  "conv3x3_weight_gradient",
]);

/** A shape to measure: in a plan of a single step. */
interface Candidate {
  readonly shape: string;
  readonly fitting: readonly string[];
  readonly plan: Plan;
  readonly flops: number;
}

/**
 * Adds choices for the shapes of these plans that `known` lacks. Returns whether any was added.
 * What the budget does not reach keeps its default and is measured another time.
 */
export async function tune(
  gpu: Gpu,
  plans: readonly Plan[],
  known: Choices,
  { budgetMs = BUDGET_MS, inSoftware = false, onStart }: Omit<TuningOptions, "store">,
): Promise<boolean> {
  if (gpu.software && !inSoftware || !Clock.isIn(gpu)) return false;
  const candidates = candidatesOf(gpu, plans, known);
  if (candidates.length === 0) return false;
  onStart?.();
  const end = performance.now() + budgetMs;
  const clock = new Clock(gpu);
  const pipelines = new Pipelines(gpu.device);
  let added = false;
  try {
    for (const candidate of candidates) {
      const best = await fastest(gpu, clock, pipelines, candidate, end);
      if (best === undefined) break;
      known.set(candidate.shape, best);
      added = true;
    }
  } finally {
    clock.close();
  }
  return added;
}

/** The shapes that have several variants and are not known, the costliest first. */
function candidatesOf(gpu: Gpu, plans: readonly Plan[], known: Choices): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const plan of plans) {
    const specs = specsOf(plan);
    for (const step of stepsOf(plan).filter(({ kind }) => TUNED.has(kind))) {
      const single = singleStep(plan, step);
      const variantOf = (shape: string, fitting: readonly string[]) => {
        if (fitting.length > 1 && !known.has(shape) && !found.has(shape)) {
          found.set(shape, { shape, fitting, plan: single, flops: stepFlops(step, specs) });
        }
        return undefined;
      };
      mapMemory([single], { ...gpu.limits, variantOf });
    }
  }
  return [...found.values()].sort((a, b) => b.flops - a.flops);
}

function singleStep(plan: Plan, step: Step): Plan {
  const { reads, writes } = operandsOf(step);
  const used = new Set([...reads, ...writes]);
  const tensors = plan.tensors.filter(({ name }) => used.has(name));
  return { tensors, segments: forwardOnly([step]), persistent: [], inputs: [], outputs: [] };
}

/** The variant to prefer, or undefined when the time is up before all are measured. */
async function fastest(
  gpu: Gpu,
  clock: Clock,
  pipelines: Pipelines,
  { shape, fitting, plan }: Candidate,
  end: number,
): Promise<string | undefined> {
  const map = mapMemory([plan], gpu.limits);
  let memory: Memory;
  try {
    memory = await Memory.make(gpu, map.bytes);
  } catch (error) {
    // Too large for this GPU: the run will tell.
    if (error instanceof OutOfMemoryError) return fitting[0];
    throw error;
  }
  try {
    const times = new Map<string, number>();
    for (const variant of fitting) {
      const variantOf = (which: string) => which === shape ? variant : undefined;
      const limits = { ...gpu.limits, variantOf };
      const [compiled] = compile({ ...map, limits }, gpu.device, pipelines, memory);
      const steps = callsOf(compiled);
      await clock.timeKinds(steps);
      const runs: number[] = [];
      for (let run = 0; run < RUNS; run++) {
        runs.push([...(await clock.timeKinds(steps)).values()].reduce((a, b) => a + b, 0));
        if (performance.now() > end) return undefined;
      }
      times.set(variant, Math.min(...runs));
    }
    const standard = times.get(fitting[0])!;
    const [best, ms] = [...times].reduce((a, b) => b[1] < a[1] ? b : a);
    return ms < standard * (1 - LEAST_GAIN) ? best : fitting[0];
  } finally {
    memory.close();
  }
}

/**
 * What choices depend on: the adapter, its driver as far as WebGPU tells, and the text of the
 * kernels.
 */
export function tuningKey(gpu: Gpu): string {
  const texts = new TextEncoder().encode(
    SHARED + Object.values(KERNELS).map(({ text }) => text).join(""),
  );
  return `${gpu.identity} | kernels ${crc32(texts).toString(16).padStart(8, "0")}`;
}

/**
 * The choices for a key in what a store gave; whatever is not of the right form counts as not
 * there.
 */
export function choicesIn(stored: unknown, key: string): Choices {
  const choices: Choices = new Map();
  if (!isRecord(stored) || !isRecord(stored[key])) return choices;
  for (const [shape, variant] of Object.entries(stored[key])) {
    if (typeof variant === "string") choices.set(shape, variant);
  }
  return choices;
}

/** What a store gave, with these choices for a key. */
export function withChoices(stored: unknown, key: string, choices: Choices): unknown {
  return { ...(isRecord(stored) && stored), [key]: Object.fromEntries(choices) };
}
