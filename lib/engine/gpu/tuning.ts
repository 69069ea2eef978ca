/**
 * Measures which variant of a convolution is the fastest on this GPU, for each family of shapes in
 * a plan: the shapes with the same kernel, the same fitting variants and maps of similar size. Each
 * variant is compiled for one shape of the family, the costliest, since compilation takes most of
 * the time. All variants give the same bits (variants.ts), so tuning changes time alone.
 *
 * @module
 */
import { crc32 } from "../../core/crc32.ts";
import { OutOfMemoryError } from "../../core/errors.ts";
import { isRecord } from "../../core/json.ts";
import { stepFlops } from "../../plan/flops.ts";
import { operandsOf } from "../../plan/operands.ts";
import { forwardOnly, type Plan, specsOf, stepsOf } from "../../plan/plan.ts";
import type { Step } from "../../plan/steps.ts";
import { callsOf } from "../compiled.ts";
import type { Gpu } from "./adapter.ts";
import { Clock } from "./clock.ts";
import { compile, mapMemory } from "./compile.ts";
import { KERNELS, SHARED } from "./kernels.ts";
import type { GpuLimits } from "./limits.ts";
import { Memory } from "./memory.ts";
import { Pipelines } from "./pipelines.ts";
import type { Call } from "./runner.ts";
import { fastest, type Found, type Timer } from "./turns.ts";

/** Keeps choices as plain data. Lost or damaged data only means that kernels are measured anew. */
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

/** Variants by family. */
export type Choices = Map<string, string>;

const BUDGET_MS = 20_000;

/** No family is begun with less time than this: a compilation alone may take half of it. */
const LEAST_MS = 1000;

/** Share of the time left that the compilation of a family may take; the rest is for runs. */
const COMPILATION = 0.5;

/** The shape on which a family is measured, in a plan of a single step. */
export interface Candidate {
  readonly family: string;
  readonly fitting: readonly string[];
  readonly plan: Plan;
  readonly flops: number;
}

/**
 * Adds choices for the families of these plans that `known` lacks; returns whether any was added.
 * Families beyond the budget keep their default and are measured another time.
 */
export async function tune(
  gpu: Gpu,
  plans: readonly Plan[],
  known: Choices,
  { budgetMs = BUDGET_MS, inSoftware = false, onStart }: Omit<TuningOptions, "store">,
): Promise<boolean> {
  if (gpu.software && !inSoftware || !Clock.isIn(gpu)) return false;
  const candidates = candidatesOf(gpu.limits, plans).filter(({ family }) => !known.has(family));
  if (candidates.length === 0) return false;
  onStart?.();
  const end = performance.now() + budgetMs;
  const clock = new Clock(gpu);
  const pipelines = new Pipelines(gpu.device);
  let added = false;
  try {
    for (const candidate of candidates) {
      if (performance.now() > end - LEAST_MS) break;
      const found = await measure(gpu, clock, pipelines, candidate, end);
      // What is measured in part is kept only where all the time was not enough for more.
      if (found === undefined || added && !found.complete) break;
      known.set(candidate.family, found.best);
      added = true;
    }
  } finally {
    clock.close();
  }
  return added;
}

/**
 * A shape of each family with several variants, the costliest families first. Cost counts by
 * source, so that of two steps that are equal in a kernel's eyes the one with fewer pipelines is
 * taken.
 */
export function candidatesOf(limits: GpuLimits, plans: readonly Plan[]): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const plan of plans) {
    const specs = specsOf(plan);
    for (const step of stepsOf(plan)) {
      const parts = partsOf(step);
      if (parts === undefined) continue;
      const single = singleStep(plan, step);
      const flops = stepFlops(step, specs) / parts;
      const variantOf = (family: string, fitting: readonly string[]) => {
        if (fitting.length > 1 && flops > (found.get(family)?.flops ?? 0)) {
          found.set(family, { family, fitting, plan: single, flops });
        }
        return undefined;
      };
      mapMemory([single], { ...limits, variantOf });
    }
  }
  return [...found.values()].sort((a, b) => b.flops - a.flops);
}

/** Sources or targets of a step whose kernels have variants; undefined for other steps. */
function partsOf(step: Step): number | undefined {
  switch (step.kind) {
    case "conv3x3":
    case "conv3x3_weight_gradient":
      return step.sources.length;
    case "conv3x3_input_gradient":
      return step.targets.length;
  }
}

function singleStep(plan: Plan, step: Step): Plan {
  const { reads, writes } = operandsOf(step);
  const used = new Set([...reads, ...writes]);
  const tensors = plan.tensors.filter(({ name }) => used.has(name));
  return { tensors, segments: forwardOnly([step]), persistent: [], inputs: [], outputs: [] };
}

/** The variant to prefer; undefined when the time ends too early. */
async function measure(
  gpu: Gpu,
  clock: Clock,
  pipelines: Pipelines,
  { family, fitting, plan }: Candidate,
  end: number,
): Promise<Found | undefined> {
  const map = mapMemory([plan], gpu.limits);
  let memory: Memory;
  try {
    memory = await Memory.make(gpu, map.bytes);
  } catch (error) {
    // The shape does not fit this GPU. It is skipped here; the run itself reports the error.
    if (error instanceof OutOfMemoryError) return { best: fitting[0], complete: true };
    throw error;
  }
  try {
    const variants = new Map<string, readonly Call[]>();
    const start = performance.now();
    const compiledBy = start + (end - start) * COMPILATION;
    for (const variant of fitting) {
      if (performance.now() >= compiledBy) break;
      const variantOf = (which: string) => which === family ? variant : undefined;
      // A variant is measured as it is, however few workgroups it has.
      const limits = { ...gpu.limits, busyWorkgroups: 0, variantOf };
      const [compiled] = compile({ ...map, limits }, gpu.device, pipelines, memory);
      variants.set(variant, callsOf(compiled));
    }
    const timer: Timer<Call> = {
      now: () => performance.now(),
      time: (calls) => clock.timeEach(calls),
    };
    const found = await fastest(variants, timer, { flops: gpu.limits.dispatchFlops, end });
    return found && { ...found, complete: found.complete && variants.size === fitting.length };
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

/** What is stored for a key: the variants by family, and the adapter's rate. */
const FAMILIES = "variants";
const RATE = "FLOP per ms";

/** The choices for a key in stored data. Data of another form are ignored. */
export function choicesIn(stored: unknown, key: string): Choices {
  const families = entryIn(stored, key)[FAMILIES];
  const choices: Choices = new Map();
  if (!isRecord(families)) return choices;
  for (const [family, variant] of Object.entries(families)) {
    if (typeof variant === "string") choices.set(family, variant);
  }
  return choices;
}

/** Stored data with these choices for a key. */
export function withChoices(stored: unknown, key: string, choices: Choices): unknown {
  return withEntry(stored, key, { [FAMILIES]: Object.fromEntries(choices) });
}

/** The adapter's rate in stored data, in FLOP per ms; undefined where there is no sound one. */
export function rateIn(stored: unknown, key: string): number | undefined {
  const rate = entryIn(stored, key)[RATE];
  return typeof rate === "number" && rate > 0 && rate < Infinity ? rate : undefined;
}

/** Stored data with this rate for a key. */
export function withRate(stored: unknown, key: string, rate: number): unknown {
  return withEntry(stored, key, { [RATE]: rate });
}

function entryIn(stored: unknown, key: string): Record<string, unknown> {
  return isRecord(stored) && isRecord(stored[key]) ? stored[key] : {};
}

/** Stored data with one more field for a key, beside the other known one. */
function withEntry(stored: unknown, key: string, field: Record<string, unknown>): unknown {
  const { [FAMILIES]: families, [RATE]: rate } = entryIn(stored, key);
  const kept = {
    ...(families !== undefined && { [FAMILIES]: families }),
    ...(rate !== undefined && { [RATE]: rate }),
  };
  return { ...(isRecord(stored) ? stored : {}), [key]: { ...kept, ...field } };
}
