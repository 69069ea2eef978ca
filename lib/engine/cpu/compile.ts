/**
 * Compiles plans into jobs at fixed addresses. Running a plan then allocates and plans nothing.
 *
 * The plans of one program share their persistent tensors (parameters, statistics, Adam's moments)
 * and take turns in one arena, whose size is that of the largest plan. Memory, from the bottom:
 *
 *     constants of the compiled module | records and job descriptions | persistent tensors |
 *     kept memory | scratch, one per thread | workspace of a step | arena
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { PAGE_BYTES } from "../../core/wasm.ts";
import { aligned, type Placement, planMemory } from "../../plan/memory_plan.ts";
import { type Plan, SEGMENTS, stepsOf } from "../../plan/plan.ts";
import type { StepKind } from "../../plan/steps.ts";
import type { MemoryUse } from "../backend.ts";
import { type CompiledPlan, mapSegments, placePersistent, type SizedPlan } from "../compiled.ts";
import { Context } from "./context.ts";
import { type Job, jobBytes } from "./job.ts";
import { lower } from "./lower.ts";
import type { Machine } from "./machine.ts";

/** A job whose description is in memory, ready to run. */
export interface PlacedJob {
  readonly address: number;
  readonly tasks: number;
  /** The kind of the step that it belongs to. */
  readonly kind: StepKind;
}

/** Result of the first pass: the sizes of a plan. */
interface Draft extends SizedPlan {
  readonly tableBytes: number;
  readonly keptBytes: number;
  readonly scratchBytes: number;
  readonly workspaceBytes: number;
  readonly arena: Placement;
}

/** The addresses and sizes of all regions of memory, in bytes. */
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
  const persistent = placePersistent(drafts);
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

/** The bytes of a map by their use. */
export function memoryUse(map: MemoryMap): MemoryUse {
  return {
    persistent: map.keptAt - map.persistentAt,
    kept: map.scratchAt - map.keptAt,
    scratch: map.workspaceAt - map.scratchAt,
    workspace: map.arenaAt - map.workspaceAt,
    arena: map.bytes - map.arenaAt,
    total: map.bytes,
  };
}

/**
 * First pass: every address is zero; the context records sizes.
 *
 * @throws {InputError} for maps of 16-bit floats.
 */
function draftOf(plan: Plan): Draft {
  if (plan.tensors.some(({ dtype }) => dtype === "f16")) {
    throw new InputError("the CPU engine stores no 16-bit floats, as mixed precision needs them");
  }
  const context = new Context(plan, { tensor: () => 0, tables: 0, workspace: 0, kept: 0 });
  const steps = stepsOf(plan, SEGMENTS).flatMap((step) => lower(step, context));
  const jobs = [...steps, ...context.preparations];
  const bytesOf = (name: string) => context.bytes(name);
  return {
    plan,
    specs: context.specs,
    bytesOf,
    tableBytes: context.tableBytes + jobs.reduce((sum, job) => sum + aligned(jobBytes(job)), 0),
    keptBytes: context.keptBytes,
    scratchBytes: context.scratchBytes,
    workspaceBytes: context.workspaceBytes,
    arena: planMemory(plan, bytesOf),
  };
}

/** Second pass: grows the machine's memory, clears it and writes records and jobs into it. */
export function compile(map: MemoryMap, machine: Machine): CompiledPlan<PlacedJob>[] {
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
  { plan, specs, bytesOf, arena }: Draft,
  map: MemoryMap,
  { tables, kept }: { readonly tables: number; readonly kept: number },
  machine: Machine,
): CompiledPlan<PlacedJob> {
  const tensor = (name: string) => {
    const persistent = map.persistent.offsets.get(name);
    if (persistent !== undefined) return map.persistentAt + persistent;
    const offset = arena.offsets.get(name);
    if (offset === undefined) throw new Error(`tensor ${name} has no place`);
    return map.arenaAt + offset;
  };
  const context = new Context(plan, { tensor, tables, workspace: map.workspaceAt, kept });
  const jobs = mapSegments(plan.segments, (step): JobOfStep[] => {
    return lower(step, context).map((job) => ({ job, kind: step.kind }));
  });
  jobs.setup.push(...context.preparations.map((job) => ({ job, kind: "fold" as const })));
  for (const table of context.tables) {
    new Uint32Array(machine.memory.buffer, table.address, table.words.length).set(table.words);
  }
  let next = tables + context.tableBytes;
  const write = ({ job, kind }: JobOfStep): PlacedJob => {
    const placed = { address: next, tasks: job.tasks, kind };
    machine.describe(job, next);
    next += aligned(jobBytes(job));
    return placed;
  };
  const region = (name: string) => ({ at: tensor(name), bytes: bytesOf(name) });
  return { plan, specs, bytesOf, region, segments: mapSegments(jobs, write) };
}

interface JobOfStep {
  readonly job: Job;
  readonly kind: StepKind;
}
