/**
 * Profiles a workload on the requested device.
 *
 * @module
 */
import { refusal } from "../core/fields.ts";
import { selectAdapter } from "./choose.ts";
import { createCpuEngine } from "./cpu/engine.ts";
import { createGpuEngine } from "./gpu/engine.ts";
import type { Profile } from "./profile.ts";
import { planOf, tensorsOfWorkload, type Workload } from "./workloads.ts";

const MOST_RUNS = 1000;

/** The workload to profile, and the device. */
export interface ProfileRequest {
  readonly workload: Workload;
  /** Number of runs, of whose times the medians are taken. */
  readonly runs: number;
  readonly device: "auto" | "cpu" | "gpu";
  /** Threads of the CPU engine; `null` for one per core. */
  readonly threads?: number | null | undefined;
}

/** A profile, its engine, and the reason for the choice of the engine. */
export interface WorkloadProfile {
  readonly profile: Profile;
  readonly engine: string;
  readonly adapter: string;
  readonly why: string;
}

/**
 * Times each kind of step of a workload on synthetic data.
 *
 * @throws {InputError} for numbers out of range, or when the plan needs more memory than the limit.
 * @throws {DeviceError} when a GPU is requested and there is none.
 */
export async function profileWorkload(request: ProfileRequest): Promise<WorkloadProfile> {
  const { workload, runs, device, threads = null } = request;
  if (!Number.isInteger(runs) || runs < 1 || runs > MOST_RUNS) {
    throw refusal("runs", runs, `a whole number from 1 to ${MOST_RUNS}`);
  }
  const { adapter, why } = await selectAdapter(device);
  const engine =
    await (adapter
      ? createGpuEngine({ adapter })
      : createCpuEngine(threads === null ? {} : { threads }));
  try {
    const tensors = tensorsOfWorkload(workload);
    const profile = await engine.profile(planOf(workload), tensors, { runs });
    return { profile, engine: engine.name, adapter: engine.adapter, why };
  } finally {
    engine.close();
  }
}
