/**
 * Masks that are written as bytes, a quarter of what floats take on their way to the GPU. A
 * dispatch before the run makes the floats that the loss reads.
 *
 * @module
 */
import { UNIT_OF_BYTE } from "../../core/batch.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Region } from "../../plan/memory_plan.ts";
import type { StepKind } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { byTable } from "./normalise.ts";

/** A dispatch that fills the mask, and the place of the bytes that it reads. */
export interface MaskDispatch {
  readonly dispatch: Dispatch;
  readonly kind: StepKind;
  readonly bytes: Region;
}

/**
 * The dispatch that turns bytes into a plan's mask; `undefined` where the plan makes its mask or
 * has none. The bytes lie in the workspace, which no step uses between two runs. The table is that
 * of the host, so floats and bytes give the same bits.
 */
export function maskFromBytes(plan: Plan, context: Context): MaskDispatch | undefined {
  if (!plan.inputs.includes("mask")) return undefined;
  const out = context.place("mask");
  const [bytes] = context.workspace(out.bytes / 4);
  const filling = byTable(UNIT_OF_BYTE.slice(), { image: bytes, out }, context);
  return { dispatch: filling, kind: "normalise", bytes };
}
