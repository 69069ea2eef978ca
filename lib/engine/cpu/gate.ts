/** Hosts kernels_as/gate.ts. @module */
import { GATE_RUN } from "../../../kernels_as/build/kernels.ts";
import type { Gate, GateGradient } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { type Job, job } from "./job.ts";
import { PIXEL_BYTES } from "./layout.ts";
import { evenRows } from "./strips.ts";

/** Pixels of a strip. */
const STRIP_PIXELS = 2048;

export function gate(step: Gate, context: Context): Job[] {
  const { strips, stripRows } = cutOf(step, context);
  return [job("gate", strips, {
    sources: context.sources([step.source, step.gate]),
    out: context.address(step.out),
    stripRows,
  })];
}

export function gateGradient(step: GateGradient, context: Context): Job[] {
  const { strips, stripRows } = cutOf(step, context);
  return [job("gateGradient", strips, {
    sources: context.sources([step.source, step.gate]),
    gradient: context.address(step.gradient),
    sourceGradient: context.address(step.sourceGradient),
    gateGradient: context.address(step.gateGradient),
    stripRows,
  })];
}

function cutOf({ source }: Gate | GateGradient, context: Context) {
  const [images, , height, width] = context.shape(source.tensor);
  const stripRows = evenRows(height, Math.ceil(STRIP_PIXELS / width));
  context.scratch(GATE_RUN * (2 * 16 + PIXEL_BYTES));
  return { strips: images * Math.ceil(height / stripRows), stripRows };
}
