/**
 * Measures which variant of a convolution is the fastest on this GPU, for each shape of a plan. The
 * costliest shapes come first, until the time budget is spent. All variants give the same bits
 * (variants.ts), so tuning changes time alone.
 *
 * @module
 */
import { crc32 } from "../../core/crc32.ts";
import { OutOfMemoryError } from "../../core/errors.ts";
import { isRecord } from "../../core/json.ts";
import { stepFlops } from "../../plan/flops.ts";
import { operandsOf } from "../../plan/operands.ts";
import { forwardOnly, type Plan, specsOf, stepsOf } from "../../plan/plan.ts";
import type { Step, StepKind } from "../../plan/steps.ts";
import { callsOf } from "../compiled.ts";
import type { Gpu } from "./adapter.ts";
import { Clock } from "./clock.ts";
import { compile, mapMemory } from "./compile.ts";
import { KERNELS, SHARED } from "./kernels.ts";
import { Memory } from "./memory.ts";
import { Pipelines } from "./pipelines.ts";

/** Keeps choices as plain data. Lost or damaged data only means that shapes are measured anew. */
export interface TuningStore {
  read(): Promise<unknown>;
  write(value: unknown): Promise<void>;
}

/** How to tune. */
export interface TuningOptions {
  readonly store: TuningStore;
  /** Time budget in ms; by default 20 s. */
  readonly budgetMs?: number;
  /** Tunes adapters in software, too; for tests. */
  readonly inSoftware?: boolean;
  /** Called before anything is measured. */
  readonly onStart?: () => void;
}

/** Variants by shape. */
export type Choices = Map<string, string>;

const BUDGET_MS = 20_000;

/** Measured runs per variant; the fastest counts. */
const RUNS = 3;

/** Fraction of the default's time that a variant must save to be preferred; less may be noise. */
const LEAST_GAIN = 0.03;

/** The steps whose kernels have variants. */
const TUNED: ReadonlySet<StepKind> = new Set<StepKind>([
  "conv3x3",
  "conv3x3_input_gradient",
  "conv3x3_weight_gradient",
]);

/** A shape to measure, in a plan of a single step. */
interface Candidate {
  readonly shape: string;
  readonly fitting: readonly string[];
  readonly plan: Plan;
  readonly flops: number;
}

/**
 * Adds choices for the shapes of these plans that `known` lacks; returns whether any was added.
 * Shapes beyond the budget keep their default and are measured another time.
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

/** Unknown shapes with several variants, the costliest first. */
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

/** The variant to prefer; undefined when the time ends before all are measured. */
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
    // The shape does not fit this GPU. It is skipped here; the run itself reports the error.
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
 * The key of stored choices: the adapter and driver, as far as WebGPU identifies them, and a
 * checksum of the kernels' texts.
 */
export function tuningKey(gpu: Gpu): string {
  const texts = new TextEncoder().encode(
    SHARED + Object.values(KERNELS).map(({ text }) => text).join(""),
  );
  return `${gpu.identity} | kernels ${crc32(texts).toString(16).padStart(8, "0")}`;
}

/**
 * The choices for a key in stored data. Data of another form are ignored.
 */
export function choicesIn(stored: unknown, key: string): Choices {
  const choices: Choices = new Map();
  if (!isRecord(stored) || !isRecord(stored[key])) return choices;
  for (const [shape, variant] of Object.entries(stored[key])) {
    if (typeof variant === "string") choices.set(shape, variant);
  }
  return choices;
}

/** Stored data with these choices for a key. */
export function withChoices(stored: unknown, key: string, choices: Choices): unknown {
  return withEntries(stored, key, Object.fromEntries(choices));
}

/** The name of the measured rate among the choices, whose names are shapes. */
const RATE = "FLOP per ms";

/** The adapter's rate in stored data, in FLOP per ms; undefined where there is no sound one. */
export function rateIn(stored: unknown, key: string): number | undefined {
  if (!isRecord(stored) || !isRecord(stored[key])) return undefined;
  const rate = stored[key][RATE];
  return typeof rate === "number" && rate > 0 && rate < Infinity ? rate : undefined;
}

/** Stored data with this rate for a key. */
export function withRate(stored: unknown, key: string, rate: number): unknown {
  return withEntries(stored, key, { [RATE]: rate });
}

/** Stored data with more entries for a key. */
function withEntries(stored: unknown, key: string, entries: Record<string, unknown>): unknown {
  const all = isRecord(stored) ? stored : {};
  const known = isRecord(all[key]) ? all[key] : {};
  return { ...all, [key]: { ...known, ...entries } };
}
