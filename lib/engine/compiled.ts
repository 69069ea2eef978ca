/**
 * Compiled plans of both engines: calls of kernels on tensors in memory.
 *
 * A plan is compiled twice. In the first pass every address is made up, and the context records how
 * much memory the steps request. In the second pass the addresses are real. The same host function
 * serves both passes; no size is computed in two places.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import {
  type AllocationRules,
  placeInOrder,
  type Placement,
  type Region,
} from "../plan/memory_plan.ts";
import { type Plan, RUN, type Segment, SEGMENTS } from "../plan/plan.ts";
import type { TensorSpec } from "../plan/steps.ts";

/** Result of the first pass: a plan with the sizes of its tensors. */
export interface SizedPlan {
  readonly plan: Plan;
  readonly specs: ReadonlyMap<string, TensorSpec>;
  readonly bytesOf: (name: string) => number;
}

/** A plan whose tensors have regions of memory and whose steps are lowered to calls. */
export interface CompiledPlan<Call> extends SizedPlan {
  readonly region: (name: string) => Region;
  readonly segments: Readonly<Record<Segment, readonly Call[]>>;
}

/** Assigns memory to the persistent tensors of all plans, each name once. */
export function placePersistent(
  plans: readonly SizedPlan[],
  rules?: AllocationRules,
  start?: number,
): Placement {
  const bytes = new Map<string, number>();
  for (const { plan: { persistent }, bytesOf } of plans) {
    for (const name of persistent) bytes.set(name, bytesOf(name));
  }
  return placeInOrder(bytes.keys(), (name) => bytes.get(name)!, rules, start);
}

/** Maps every entry of every segment, in order. */
export function mapSegments<From, To>(
  segments: Readonly<Record<Segment, readonly From[]>>,
  make: (each: From) => To | readonly To[],
): Record<Segment, To[]> {
  const entries = SEGMENTS.map((segment) => [segment, segments[segment].flatMap(make)]);
  return Object.fromEntries(entries);
}

/** The calls of segments, in order; by default those of a run. */
export function callsOf<Call>({ segments }: CompiledPlan<Call>, wanted = RUN): Call[] {
  return wanted.flatMap((segment) => segments[segment]);
}

/** A tensor with its place in memory. */
export interface PlacedTensor {
  readonly spec: TensorSpec;
  readonly region: Region;
}

/**
 * A tensor of a compiled plan.
 *
 * @throws {InputError} when the plan has no tensor of that name.
 */
export function tensorIn(
  { specs, region }: CompiledPlan<unknown>,
  name: string,
): PlacedTensor {
  const spec = specs.get(name);
  if (!spec) throw new InputError(`the plan has no tensor ${name}`);
  return { spec, region: region(name) };
}
