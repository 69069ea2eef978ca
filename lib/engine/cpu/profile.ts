/**
 * Where the time of a plan goes on the CPU engine: each job of the compiled plan is timed by itself, and the jobs are
 * summed by the kind of their step. Beside it stands the roof, what this machine can do at most.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import type { Tensors } from "../../core/tensor.ts";
import { aligned } from "../../plan/memory_plan.ts";
import type { Plan } from "../../plan/plan.ts";
import { type PlanTimes, summarise } from "../profile.ts";
import type { StepKind } from "../../plan/steps.ts";
import { MOST_MEMORY_BYTES, PAGE_BYTES } from "../../core/wasm.ts";
import { pack } from "./layout.ts";
import { jobBytes, Machine } from "./machine.ts";
import { compile, type CompiledPlan, mapMemory, type MemoryMap } from "./program.ts";

/** Bytes by use; the names are those of the memory map in program.ts. */
export interface MemoryProfile {
  readonly persistent: number;
  readonly kept: number;
  readonly scratch: number;
  readonly workspace: number;
  readonly arena: number;
  readonly total: number;
}

/** Where the time and the memory of a plan go. */
export interface Profile extends PlanTimes {
  /** Fused multiply-adds of 128 bits on all threads, in FLOP/s: the best of several tries. */
  readonly roof: number;
  readonly memory: MemoryProfile;
}

/** Warming up ends after so many runs or so many milliseconds. */
const WARM_UP_RUNS = 3;
const WARM_UP_MS = 1000;

/**
 * Runs a plan `runs` times on `threads` threads. `tensors` are its persistent tensors and inputs by name (what is left out
 * counts as zero). Throws `InputError` when the plan needs more memory than 32 bits can address.
 */
export async function profilePlan(
  plan: Plan,
  tensors: Tensors,
  { threads, runs }: { readonly threads: number; readonly runs: number },
): Promise<Profile> {
  const map = mapMemory([plan], threads);
  if (map.bytes > MOST_MEMORY_BYTES) {
    throw new InputError(
      `this needs ${map.bytes} bytes of memory; ${MOST_MEMORY_BYTES} are the most`,
    );
  }
  const machine = await Machine.start(threads, MOST_MEMORY_BYTES);
  try {
    const roof = await measureRoof(machine);
    const [compiled] = compile(map, machine);
    for (const [name, { data }] of Object.entries(tensors)) {
      const spec = compiled.specs.get(name);
      if (spec) pack(spec, data, machine.memory.buffer, compiled.address(name));
    }
    await machine.run(compiled.setup);
    const start = performance.now();
    for (let run = 0; run < WARM_UP_RUNS && performance.now() - start < WARM_UP_MS; run++) {
      await machine.run(compiled.steps);
    }
    const times: Map<StepKind, number>[] = [];
    for (let run = 0; run < runs; run++) times.push(await timeKinds(machine, compiled));
    return { ...summarise(plan, compiled.specs, times), roof, memory: memoryOf(map) };
  } finally {
    machine.close();
  }
}

/** Milliseconds of one run by the kind of step. */
async function timeKinds(machine: Machine, { steps }: CompiledPlan) {
  const times = new Map<StepKind, number>();
  for (const job of steps) {
    const start = performance.now();
    await machine.run([job]);
    times.set(job.kind, (times.get(job.kind) ?? 0) + performance.now() - start);
  }
  return times;
}

/** Tries go on for so many milliseconds: long enough for the compiler to have replaced its first, quick code. */
const ROOF_MS = 500;
const ROOF_PIECES_PER_THREAD = 4;
const ROOF_ROUNDS = 200_000;
const ROOF_FACTOR = 0.5;
/** 12 chains of 4 floats, a multiplication and an addition each (kernels_as/peak.ts). */
const ROOF_FLOPS_PER_ROUND = 12 * 4 * 2;

/** FLOP/s of kernels_as/peak.ts on all threads; uses the bottom of the machine's memory. */
async function measureRoof(machine: Machine): Promise<number> {
  const pieces = machine.threads * ROOF_PIECES_PER_THREAD;
  const results = 16 * pieces;
  const job = { kernel: "peak", pieces, args: [PAGE_BYTES, ROOF_ROUNDS, ROOF_FACTOR] };
  const address = PAGE_BYTES + aligned(results);
  machine.grow(address + jobBytes(job));
  machine.describe(job, address);
  let best = 0;
  const begin = performance.now();
  while (performance.now() - begin < ROOF_MS) {
    const start = performance.now();
    await machine.run([{ address, pieces }]);
    const seconds = (performance.now() - start) / 1000;
    best = Math.max(best, pieces * ROOF_ROUNDS * ROOF_FLOPS_PER_ROUND / seconds);
  }
  return best;
}

function memoryOf(map: MemoryMap): MemoryProfile {
  return {
    persistent: map.keptAt - map.persistentAt,
    kept: map.scratchAt - map.keptAt,
    scratch: map.workspaceAt - map.scratchAt,
    workspace: map.arenaAt - map.workspaceAt,
    arena: map.bytes - map.arenaAt,
    total: map.bytes,
  };
}
