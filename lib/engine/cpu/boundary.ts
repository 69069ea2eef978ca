/** Hosts kernels_as/boundary.ts. @module */
import type { Boundary } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { type Job, job } from "./job.ts";
import { evenRows } from "./strips.ts";

/** The least rows of a task. */
const FEW_ROWS = 16;

export function boundary({ mask, side, out }: Boundary, context: Context): Job[] {
  const [images, classes, height, width] = context.shape(mask);
  const planes = images * classes;
  const radius = side >> 1;
  // A strip begins with a sum over the rows of a square, so it is as high as one.
  const stripRows = evenRows(height, Math.max(FEW_ROWS, side));
  const sums = context.workspace(planes * height * width * 4);
  context.scratch(width * 8);
  const given = { mask: context.address(mask), sums, width, height, stripRows, radius };
  const strips = planes * Math.ceil(height / stripRows);
  return [
    job("boundarySums", strips, given),
    job("boundary", strips, { ...given, out: context.address(out) }),
  ];
}
