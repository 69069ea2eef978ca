/**
 * Compiles every pipeline of the tutorial's network, base 64 at 512x512, for the adapter at hand:
 * of a training step with four images and of a prediction of one. A program of its own, which
 * statistics.ts starts with a driver for a GPU that is not there. It prints the pipelines in the
 * order in which they were made.
 *
 * @module
 */
import { Gpu, gpuAdapterOf } from "../../../lib/engine/gpu/adapter.ts";
import type { Dispatch } from "../../../lib/engine/gpu/context.ts";
import { GROUP, Pipelines } from "../../../lib/engine/gpu/pipelines.ts";
import { planOf, WORKLOADS_BY_NAME } from "../../../lib/engine/workloads.ts";
import { SEGMENTS } from "../../../lib/plan/plan.ts";
import { dispatchesOf, LARGE_GPU } from "./dispatches.ts";

/** A training step and a prediction, see lib/engine/workloads.ts. */
const WORKLOADS = ["E4", "E1", "A"];

const adapter = await gpuAdapterOf();
if (!adapter) throw new Error("the driver gives no adapter");
const { dispatchFlops, busyWorkgroups } = LARGE_GPU;
const gpu = await Gpu.open(adapter, { dispatchFlops, busyWorkgroups });
const pipelines = new Pipelines(gpu.device);
const made = new Map<GPUComputePipeline, { name: string; entry: string }>();
for (const workload of WORKLOADS) {
  const plan = planOf(WORKLOADS_BY_NAME.get(workload)!);
  for (const { dispatch } of dispatchesOf(plan, gpu.limits, SEGMENTS)) {
    const pipeline = pipelines.get(dispatch);
    if (!made.has(pipeline)) made.set(pipeline, { name: nameOf(dispatch), entry: dispatch.entry });
  }
}
await gpu.checkLater();
console.log(JSON.stringify([...made.values()]));
gpu.close();

/** A pipeline in words: kernel, entry point, size of a workgroup, constants. */
function nameOf({ kernel, entry, group = GROUP, constants }: Dispatch): string {
  const values = Object.entries(constants).map(([name, value]) => {
    const number = typeof value === "object" ? Math.fround(value.float) : Number(value);
    return value === true ? name : number !== 0 && `${name}=${number}`;
  });
  // What is off or zero says nothing.
  return [kernel, entry, `x${group}`, ...values.filter((value) => value !== false)].join(" ");
}
