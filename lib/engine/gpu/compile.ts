/**
 * Compiles plans into calls on fixed regions of memory. Running a plan then allocates, compiles and
 * binds nothing.
 *
 * The plans of one program share their persistent tensors (parameters, statistics, Adam's moments)
 * and take turns in one arena, whose size is that of the largest plan. Memory, from the bottom, in
 * as many buffers as needed:
 *
 *     workspace of a step | arena | persistent tensors | tables
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { type Placement, planMemory, type Region, withinPiece } from "../../plan/memory_plan.ts";
import { type Plan, SEGMENTS, stepsOf } from "../../plan/plan.ts";
import type { StepKind } from "../../plan/steps.ts";
import type { MemoryUse } from "../backend.ts";
import { type CompiledPlan, mapSegments, placePersistent, type SizedPlan } from "../compiled.ts";
import { OFFSET_ALIGNMENT } from "./adapter.ts";
import { Context, type Dispatch, SLAB_BYTES } from "./context.ts";
import { type GpuLimits } from "./limits.ts";
import { lower } from "./lower.ts";
import { maskFromBytes } from "./mask.ts";
import type { Memory } from "./memory.ts";
import { GROUP, type Pipelines } from "./pipelines.ts";
import type { Call } from "./runner.ts";
import { ownMemory } from "./tensor_list.ts";

/** Result of the first pass: the sizes of a plan. */
interface Draft extends SizedPlan {
  readonly tableBytes: number;
  readonly workspaceBytes: number;
}

/** A plan with the offset of its tables. */
interface PlacedDraft extends Draft {
  readonly arena: Placement;
  readonly tablesAt: number;
}

/** A compiled plan, with the way of a mask that is written as bytes. */
export interface GpuPlan extends CompiledPlan<Call> {
  /** Absent in plans without a mask of floats. */
  readonly mask?: { readonly bytes: Region; readonly call: Call };
}

/** The offsets of all regions of memory, in bytes. */
export interface MemoryMap {
  readonly drafts: readonly PlacedDraft[];
  readonly limits: GpuLimits;
  readonly arenaAt: number;
  readonly persistentAt: number;
  readonly persistent: Placement;
  /** The size of the whole memory. */
  readonly bytes: number;
}

/** The workspace comes first, so its offsets are known before all sizes are. */
const WORKSPACE_AT = 0;

/**
 * Lays out the memory of these plans: a pure function.
 *
 * @throws {InputError} for a tensor larger than a buffer.
 */
export function mapMemory(plans: readonly Plan[], limits: GpuLimits): MemoryMap {
  const drafts = plans.map((plan) => draftOf(plan, limits));
  const rules = { alignment: OFFSET_ALIGNMENT, piece: limits.bufferBytes };
  const arenaAt = Math.max(0, ...drafts.map(({ workspaceBytes }) => workspaceBytes));
  const sized = drafts.map(({ plan, ...draft }) => ({
    ...draft,
    plan: { ...plan, persistent: ownMemory(plan) },
  }));
  const arenas = sized.map(({ plan, bytesOf }) => planMemory(plan, bytesOf, rules, arenaAt));
  const persistentAt = Math.max(arenaAt, ...arenas.map(({ bytes }) => bytes));
  const persistent = placePersistent(sized, rules, persistentAt);
  let end = persistent.bytes;
  const placed = drafts.map((draft, index): PlacedDraft => {
    // The tables of a plan lie in one buffer.
    const tablesAt = withinPiece(end, draft.tableBytes, rules);
    end = tablesAt + draft.tableBytes;
    return { ...draft, arena: arenas[index], tablesAt };
  });
  return { drafts: placed, limits, arenaAt, persistentAt, persistent, bytes: end };
}

/** The bytes of a map by their use. */
export function memoryUse({ arenaAt, persistentAt, persistent, bytes }: MemoryMap): MemoryUse {
  return {
    persistent: persistent.bytes - persistentAt,
    kept: 0,
    scratch: 0,
    workspace: arenaAt,
    arena: persistentAt - arenaAt,
    total: bytes,
  };
}

/** First pass: every tensor begins at zero; the context records sizes. */
function draftOf(plan: Plan, limits: GpuLimits): Draft {
  const places = { tensor: () => 0, tables: 0, workspace: WORKSPACE_AT };
  const context = new Context(plan, places, limits);
  for (const step of stepsOf(plan, SEGMENTS)) lower(step, context);
  maskFromBytes(plan, context);
  for (const { name } of plan.tensors) {
    if (context.bytes(name) > limits.bufferBytes) {
      throw new InputError(
        `${name} takes ${context.bytes(name)} bytes, and this GPU's largest buffer has ` +
          `${limits.bufferBytes}: use a smaller batch or smaller images`,
      );
    }
  }
  return {
    plan,
    specs: context.specs,
    bytesOf: (name) => context.bytes(name),
    tableBytes: context.tableBytes,
    workspaceBytes: context.workspaceBytes,
  };
}

/** Second pass: compiles pipelines, binds tensors and writes tables. */
export function compile(
  map: MemoryMap,
  device: GPUDevice,
  pipelines: Pipelines,
  memory: Memory,
): GpuPlan[] {
  return map.drafts.map(({ plan, specs, bytesOf, arena, tablesAt }) => {
    const tensor = (name: string) => {
      const offset = map.persistent.offsets.get(name) ?? arena.offsets.get(name);
      if (offset === undefined) throw new Error(`tensor ${name} has no place`);
      return offset;
    };
    const places = { tensor, tables: tablesAt, workspace: WORKSPACE_AT };
    const context = new Context(plan, places, map.limits);
    const dispatches = mapSegments(plan.segments, (step): KindOfDispatch[] => {
      return lower(step, context).map((dispatch) => ({ dispatch, kind: step.kind }));
    });
    const mask = maskFromBytes(plan, context);
    for (const { place, words } of context.tables) {
      memory.write(place, new Uint8Array(words.buffer));
    }
    const all = SEGMENTS.flatMap((segment) => dispatches[segment]);
    if (mask) all.push(mask);
    const binder = new Binder(device, pipelines, memory, map.limits, all);
    const segments = mapSegments(dispatches, (dispatch) => binder.bind(dispatch));
    const region = (name: string) => ({ at: tensor(name), bytes: bytesOf(name) });
    const written = mask && { bytes: mask.bytes, call: binder.bind(mask) };
    return { plan, specs, bytesOf, region, segments, mask: written };
  });
}

interface KindOfDispatch {
  readonly dispatch: Dispatch;
  readonly kind: StepKind;
}

/** Makes calls. Their slab records lie in one uniform buffer, each distinct record once. */
class Binder {
  readonly #device: GPUDevice;
  readonly #pipelines: Pipelines;
  readonly #memory: Memory;
  readonly #limits: GpuLimits;
  readonly #offsets = new Map<string, number>();
  readonly #records: GPUBuffer;

  constructor(
    device: GPUDevice,
    pipelines: Pipelines,
    memory: Memory,
    limits: GpuLimits,
    calls: readonly KindOfDispatch[],
  ) {
    this.#device = device;
    this.#pipelines = pipelines;
    this.#memory = memory;
    this.#limits = limits;
    for (const { dispatch: { slab } } of calls) {
      const key = slab.join();
      if (!this.#offsets.has(key)) this.#offsets.set(key, this.#offsets.size * OFFSET_ALIGNMENT);
    }
    const words = new Uint32Array(Math.max(1, this.#offsets.size) * OFFSET_ALIGNMENT / 4);
    for (const { dispatch: { slab } } of calls) {
      words.set(slab, this.#offsets.get(slab.join())! / 4);
    }
    this.#records = memory.records(words);
  }

  bind({ dispatch, kind }: KindOfDispatch): Call {
    const { slab, bindings, invocations, group = GROUP, cost } = dispatch;
    const offset = this.#offsets.get(slab.join())!;
    const bound = this.#device.createBindGroup({
      layout: this.#pipelines.layout(bindings.length),
      entries: [
        { binding: 0, resource: { buffer: this.#records, offset, size: SLAB_BYTES } },
        ...bindings.map((place, index) => ({
          binding: index + 1,
          resource: this.#memory.binding(place, index),
        })),
      ],
    });
    const groups = Math.ceil(invocations / group);
    // Even rows, so that hardly any group is empty.
    const y = Math.ceil(groups / this.#limits.workgroups);
    return {
      pipeline: this.#pipelines.get(dispatch),
      bindings: bound,
      x: Math.ceil(groups / y),
      y,
      cost: cost + DISPATCH_COST,
      kind,
    };
  }
}

/** The fixed cost of a dispatch, in FLOP. */
const DISPATCH_COST = 2e5;
