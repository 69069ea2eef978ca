/**
 * What both engines make of plans: calls of kernels on tensors that have their places.
 *
 * A plan is compiled twice. The first time every place is made up, and its context only learns how
 * much memory the steps ask for; the second time the places are real. So a host has one function,
 * and nothing is sized twice.
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

/** What the first pass finds out about the tensors of a plan. */
export interface SizedPlan {
  readonly plan: Plan;
  readonly specs: ReadonlyMap<string, TensorSpec>;
  readonly bytesOf: (name: string) => number;
}

/** A plan whose tensors have places and whose steps have become calls. */
export interface CompiledPlan<Call> extends SizedPlan {
  readonly region: (name: string) => Region;
  readonly segments: Readonly<Record<Segment, readonly Call[]>>;
}

/** Places the persistent tensors of all plans, each once. */
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

/** What a function makes of everything in each segment, segment by segment in their order. */
export function mapSegments<From, To>(
  segments: Readonly<Record<Segment, readonly From[]>>,
  make: (each: From) => To | readonly To[],
): Record<Segment, To[]> {
  const entries = SEGMENTS.map((segment) => [segment, segments[segment].flatMap(make)]);
  return Object.fromEntries(entries);
}

/** The calls of some segments, in order; by default those of a run. */
export function callsOf<Call>({ segments }: CompiledPlan<Call>, wanted = RUN): Call[] {
  return wanted.flatMap((segment) => segments[segment]);
}

/** A tensor of a compiled plan. Throws `InputError` where there is none of that name. */
export function tensorIn(
  { specs, region }: CompiledPlan<unknown>,
  name: string,
): { readonly spec: TensorSpec; readonly region: Region } {
  const spec = specs.get(name);
  if (!spec) throw new InputError(`the plan has no tensor ${name}`);
  return { spec, region: region(name) };
}
