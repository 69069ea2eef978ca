/**
 * Compiles plans into jobs at fixed addresses, once; afterwards nothing is allocated or planned.
 *
 * The plans of one program share their persistent tensors (parameters, statistics, Adam's moments) and take turns
 * in one arena as large as the largest of them needs. Memory, from the bottom:
 *
 *     constants of the compiled module | records and job descriptions | persistent tensors |
 *     what steps keep | scratch, one per thread | workspace of a step | arena
 *
 * @module
 */
import { type Plan, SEGMENTS, stepsOf } from "../../plan/plan.ts";
import { aligned, placeInOrder, type Placement, planMemory } from "../../plan/memory_plan.ts";
import type { Step, TensorSpec } from "../../plan/steps.ts";
import { Context } from "./context.ts";
import { lower } from "./lower.ts";
import { PAGE_BYTES } from "../../core/wasm.ts";
import { bytesOf } from "./layout.ts";
import { type Job, jobBytes, type Machine } from "./machine.ts";

/** A job that lies in memory, ready to run. */
export interface PlacedJob {
  readonly address: number;
  readonly pieces: number;
  /** The kind of the step that it belongs to. */
  readonly kind: Step["kind"];
}

/** A plan whose tensors have addresses and whose steps have become jobs. */
export interface CompiledPlan {
  readonly plan: Plan;
  readonly specs: ReadonlyMap<string, TensorSpec>;
  readonly address: (name: string) => number;
  readonly setup: readonly PlacedJob[];
  readonly steps: readonly PlacedJob[];
}

/** What the first pass finds out about a plan. */
interface Draft {
  readonly plan: Plan;
  readonly specs: ReadonlyMap<string, TensorSpec>;
  readonly tensorBytes: (name: string) => number;
  readonly tableBytes: number;
  readonly keptBytes: number;
  readonly scratchBytes: number;
  readonly workspaceBytes: number;
  readonly arena: Placement;
}

/** Where everything lies. */
export interface MemoryMap {
  readonly drafts: readonly Draft[];
  readonly persistent: Placement;
  readonly persistentAt: number;
  readonly keptAt: number;
  readonly scratchAt: number;
  readonly scratchBytes: number;
  readonly workspaceAt: number;
  readonly arenaAt: number;
  /** The size of the whole memory. */
  readonly bytes: number;
}

/** Lays out the memory of these plans for a number of threads: a pure function. */
export function mapMemory(plans: readonly Plan[], threads: number): MemoryMap {
  const drafts = plans.map(draftOf);
  const most = (of: (draft: Draft) => number) => Math.max(0, ...drafts.map(of));
  const bytesByName = new Map<string, number>();
  for (const { plan, tensorBytes } of drafts) {
    for (const name of plan.persistent) bytesByName.set(name, tensorBytes(name));
  }
  const persistent = placeInOrder(bytesByName.keys(), (name) => bytesByName.get(name)!);
  const tables = drafts.reduce((sum, { tableBytes }) => sum + tableBytes, 0);
  const scratchBytes = most((draft) => draft.scratchBytes);
  const persistentAt = PAGE_BYTES + aligned(tables);
  const keptAt = persistentAt + persistent.bytes;
  const scratchAt = keptAt + drafts.reduce((sum, { keptBytes }) => sum + keptBytes, 0);
  const workspaceAt = scratchAt + scratchBytes * threads;
  const arenaAt = workspaceAt + most((draft) => draft.workspaceBytes);
  return {
    drafts,
    persistent,
    persistentAt,
    keptAt,
    scratchAt,
    scratchBytes,
    workspaceAt,
    arenaAt,
    bytes: arenaAt + most((draft) => draft.arena.bytes),
  };
}

/** First pass: every address is zero, only sizes count. */
function draftOf(plan: Plan): Draft {
  const specs = new Map(plan.tensors.map((spec) => [spec.name, spec]));
  const nowhere = { tensor: () => 0, tables: 0, workspace: 0, kept: 0 };
  const context = new Context(plan, specs, nowhere);
  const steps = stepsOf(plan, SEGMENTS).flatMap((step) => lower(step, context));
  const jobs = [...steps, ...context.preparations];
  const tensorBytes = (name: string) => context.momentBytes.get(name) ?? bytesOf(specs.get(name)!);
  return {
    plan,
    specs,
    tensorBytes,
    tableBytes: context.tableBytes + jobs.reduce((sum, job) => sum + aligned(jobBytes(job)), 0),
    keptBytes: context.keptBytes,
    scratchBytes: context.scratchBytes,
    workspaceBytes: context.workspaceBytes,
    arena: planMemory(plan, tensorBytes),
  };
}

/** Second pass: grows the machine's memory, clears it and writes records and jobs into it. */
export function compile(map: MemoryMap, machine: Machine): CompiledPlan[] {
  machine.grow(map.bytes);
  new Uint8Array(machine.memory.buffer, PAGE_BYTES, map.bytes - PAGE_BYTES).fill(0);
  machine.setScratch(map.scratchAt, map.scratchBytes);
  let tables = PAGE_BYTES;
  let kept = map.keptAt;
  return map.drafts.map((draft) => {
    const compiled = compilePlan(draft, map, { tables, kept }, machine);
    tables += draft.tableBytes;
    kept += draft.keptBytes;
    return compiled;
  });
}

function compilePlan(
  draft: Draft,
  map: MemoryMap,
  { tables, kept }: { tables: number; kept: number },
  machine: Machine,
): CompiledPlan {
  const { plan, specs } = draft;
  const address = (name: string) => {
    const persistent = map.persistent.offsets.get(name);
    if (persistent !== undefined) return map.persistentAt + persistent;
    const offset = draft.arena.offsets.get(name);
    if (offset === undefined) throw new Error(`tensor ${name} has no place`);
    return map.arenaAt + offset;
  };
  const addresses = { tensor: address, tables, workspace: map.workspaceAt, kept };
  const context = new Context(plan, specs, addresses);
  const compileSteps = (steps: readonly Step[]) =>
    steps.flatMap((step) => lower(step, context).map((job) => ({ job, kind: step.kind })));
  const setup = compileSteps(plan.segments.setup);
  const steps = compileSteps(stepsOf(plan));
  setup.push(...context.preparations.map((job) => ({ job, kind: "fold" as const })));
  for (const table of context.tables) {
    new Uint32Array(machine.memory.buffer, table.address, table.words.length).set(table.words);
  }
  let next = tables + context.tableBytes;
  const write = ({ job, kind }: { job: Job; kind: Step["kind"] }): PlacedJob => {
    const placed = { address: next, pieces: job.pieces, kind };
    machine.describe(job, next);
    next += aligned(jobBytes(job));
    return placed;
  };
  return { plan, specs, address, setup: setup.map(write), steps: steps.map(write) };
}
