/**
 * `doctor`: what this machine has to compute with, and whether it computes rightly.
 *
 * @module
 */
import { Command, Option } from "@commander-js/extra-typings";
import { createCpuEngine } from "../engine/cpu/engine.ts";
import { profilePlan } from "../engine/cpu/profile.ts";
import { examine, type Finding } from "../engine/doctor.ts";
import type { Engine } from "../engine/engine.ts";
import { describeAdapter, gpuAdapterOf, isSoftware, noAdapter } from "../engine/gpu/adapter.ts";
import { createGpuEngine } from "../engine/gpu/engine.ts";
import { profilePlanOnGpu } from "../engine/gpu/profile.ts";
import { planOf, tensorsOfWorkload, WORKLOADS_BY_NAME } from "../engine/workloads.ts";
import type { Plan } from "../engine/plan.ts";
import type { PlanTimes } from "../engine/profile.ts";
import type { StepKind } from "../engine/steps.ts";
import type { Tensors } from "../tensor.ts";
import { EXIT, Exit } from "./exit.ts";
import { type Say, sayOnStdout } from "./say.ts";
import { bytes, columns, count, table } from "./words.ts";

/** `doctor` with its options and its action. */
export function doctorCommand() {
  return new Command("doctor")
    .description(
      "Say what GPU there is, run single steps with stored results on it and on the CPU, and time them. Ends with 3 " +
        "if an engine computes wrongly. Reads and writes no file.",
    )
    .addOption(
      new Option("--device <which>", "whom to examine (default: both, where there is a GPU)")
        .choices(["cpu", "gpu"] as const),
    )
    .option("--no-speed", "leave the rates out")
    .action(async ({ device, speed }) => {
      if (!await doctor({ device, speed }, sayOnStdout())) throw new Exit(EXIT.device);
    });
}

interface DoctorRequest {
  readonly device?: "cpu" | "gpu" | undefined;
  /** Whether steps are also timed. */
  readonly speed: boolean;
}

/** Examines and says what was found; whether all is well. Throws `DeviceError` where the GPU that is asked for is missing. */
export async function doctor({ device, speed }: DoctorRequest, say: Say): Promise<boolean> {
  const adapter = device === "cpu" ? undefined : await gpuAdapterOf();
  if (device === "gpu" && !adapter) throw noAdapter();
  const patients: Patient[] = [];
  if (adapter) {
    say.line(describeGpu(adapter));
    const gpu = await createGpuEngine({ adapter });
    patients.push(
      await patientOf("GPU", gpu, speed, (plan, tensors) => {
        // Its times cannot be had from every adapter.
        if (!adapter.features.has("timestamp-query")) return Promise.resolve(undefined);
        return profilePlanOnGpu(plan, tensors, { adapter, runs: RUNS });
      }),
    );
  } else if (device !== "cpu") {
    say.line(
      table([["GPU", "none: navigator.gpu has no adapter; training and prediction use the CPU"]]),
    );
  }
  if (device !== "gpu") {
    const cpu = await createCpuEngine();
    say.line(table([["CPU", cpu.adapter]]));
    const threads = navigator.hardwareConcurrency;
    patients.push(
      await patientOf(
        "CPU",
        cpu,
        speed,
        (plan, tensors) => profilePlan(plan, tensors, { threads, runs: RUNS }),
      ),
    );
  }
  say.line();
  say.line(doctorTable(patients));
  say.line();
  const healthy = patients.map((patient) => verdictOf(patient, say));
  return healthy.every(Boolean);
}

/** Training steps of this workload are timed, so many times. */
const SPEED_WORKLOAD = "D";
const RUNS = 3;

/** An engine and what was found about it. */
export interface Patient {
  readonly name: string;
  readonly findings: readonly Finding[];
  /** FLOP per second by the kind of step. */
  readonly rates: ReadonlyMap<StepKind, number>;
}

async function patientOf(
  name: string,
  engine: Engine,
  speed: boolean,
  profile: Profiler,
): Promise<Patient> {
  const findings = await examine(engine);
  engine.close();
  const rates = new Map<StepKind, number>();
  if (speed) {
    const workload = WORKLOADS_BY_NAME.get(SPEED_WORKLOAD)!;
    const times = await profile(planOf(workload), tensorsOfWorkload(workload));
    for (const { kind, flops, ms } of times?.kinds ?? []) {
      if (flops > 0) rates.set(kind, flops / ms * 1000);
    }
  }
  return { name, findings, rates };
}

type Profiler = (plan: Plan, tensors: Tensors) => Promise<PlanTimes | undefined>;

/** A line for each kind of step: on each engine the largest error, the verdict, and the rate where there is one. */
export function doctorTable(patients: readonly Patient[]): string {
  const kinds = new Set(patients.flatMap(({ findings }) => findings.map(({ kind }) => kind)));
  const head = ["step", "runs"];
  for (const { name, rates } of patients) {
    head.push(`error ${name}`, "verdict", ...(rates.size > 0 ? [`GFLOP/s ${name}`] : []));
  }
  const rows = [...kinds].map((kind) => {
    const row: string[] = [kind];
    for (const { findings, rates } of patients) {
      const found = findings.find((finding) => finding.kind === kind)!;
      if (row.length === 1) row.push(`${found.steps}`);
      row.push(
        found.error === 0 ? "0" : found.error.toExponential(1),
        found.healthy ? "right" : "WRONG",
      );
      const rate = rates.get(kind);
      if (rates.size > 0) row.push(rate === undefined ? "-" : (rate / 1e9).toFixed(1));
    }
    return row;
  });
  return columns([head, ...rows]);
}

/** Says how an engine is; whether it is well. */
function verdictOf({ name, findings }: Patient, say: Say): boolean {
  const ill = findings.filter(({ healthy }) => !healthy).map(({ kind }) => kind);
  say.line(
    ill.length === 0
      ? `The ${name} computes rightly.`
      : `The ${name} computes wrongly: ${
        ill.join(", ")
      }. It is not used for training; update its driver.`,
  );
  return ill.length === 0;
}

/** What WebGPU tells of an adapter. Where it tells of the driver, that is in the description. */
export function describeGpu(adapter: GPUAdapter): string {
  const { features, limits, info } = adapter;
  const driver = [info.vendor, info.architecture, info.device].filter(Boolean).join(", ");
  return table([
    [
      "GPU",
      `${describeAdapter(adapter)}${
        isSoftware(adapter) ? " (in software: slower than the CPU engine)" : ""
      }`,
    ],
    ["driver", `vendor, architecture, device: ${driver || "not told"}`],
    [
      "limits",
      `buffers of ${bytes(limits.maxBufferSize)}, bindings of ${
        bytes(limits.maxStorageBufferBindingSize)
      }, workgroups of ` +
      `${count(limits.maxComputeInvocationsPerWorkgroup)} with ${
        bytes(limits.maxComputeWorkgroupStorageSize)
      }, ` +
      `${limits.maxStorageBuffersPerShaderStage} buffers a kernel`,
    ],
    ["features", [...features].toSorted().join(", ")],
  ]);
}
