/**
 * `doctor`: what this machine has to compute with, and whether it computes rightly.
 *
 * @module
 */
import { Command, Option } from "@commander-js/extra-typings";
import { DataFolder } from "../../store/folder.ts";
import { createCpuEngine } from "../../engine/cpu/engine.ts";
import { type Finding, selfTest } from "../../engine/doctor.ts";
import type { Engine } from "../../engine/engine.ts";
import { describeAdapter, gpuAdapterOf, isSoftware, noAdapter } from "../../engine/gpu/adapter.ts";
import { createGpuEngine } from "../../engine/gpu/engine.ts";
import { InputError } from "../../core/errors.ts";
import { planOf, tensorsOfWorkload, WORKLOADS_BY_NAME } from "../../engine/workloads.ts";
import type { StepKind } from "../../plan/steps.ts";
import { type Model, readModel } from "../../model/model_file.ts";
import { EXIT, Exit } from "../terminal/exit.ts";
import { checkHasVector, examineModel, type ModelFinding } from "../model_check.ts";
import { type Say, sayOnStdout } from "../terminal/say.ts";
import { bytes, columns, count, table } from "../words/words.ts";

/** `doctor` with its options and its action. */
export function doctorCommand() {
  return new Command("doctor")
    .description(
      "Say what GPU there is, run single steps with stored results on it and on the CPU, and time them. Ends with 3 " +
        "if an engine computes wrongly. With --model the test image inside a trained model is computed as well. Writes " +
        "no file.",
    )
    .option("--data <folder>", "the data directory, for --model (the task gives DATA_DIR)")
    .option("--model <file>", "also hold the engines against this model's test vector")
    .addOption(
      new Option("--device <which>", "which engine to test (default: both, where there is a GPU)")
        .choices(["cpu", "gpu"] as const),
    )
    .option("--no-speed", "leave the rates out")
    .action(async ({ data, model: file, device, speed }) => {
      const model = file === undefined ? undefined : await modelOf(file, data);
      if (!await doctor({ device, speed, model }, sayOnStdout())) throw new Exit(EXIT.device);
    });
}

/** A model with a test vector. Throws `InputError` for any other, before any engine is tested. */
async function modelOf(file: string, data: string | undefined): Promise<Model> {
  if (data === undefined) throw new InputError("--model needs --data, the folder that holds it");
  const model = await readModel(await DataFolder.open(data), file);
  checkHasVector(model);
  return model;
}

interface DoctorRequest {
  readonly device?: "cpu" | "gpu" | undefined;
  /** Whether steps are also timed. */
  readonly speed: boolean;
  /** A model whose test vector is computed as well. */
  readonly model?: Model | undefined;
}

/** Examines and says what was found; whether all is well. Throws `DeviceError` where the GPU that is asked for is missing. */
export async function doctor(request: DoctorRequest, say: Say): Promise<boolean> {
  const { device } = request;
  const adapter = device === "cpu" ? undefined : await gpuAdapterOf();
  if (device === "gpu" && !adapter) throw noAdapter();
  const reports: EngineReport[] = [];
  if (adapter) {
    say.line(describeGpu(adapter));
    const gpu = await createGpuEngine({ adapter });
    // Its times cannot be had from every adapter.
    const speed = request.speed && adapter.features.has("timestamp-query");
    reports.push(await reportOf("GPU", gpu, { ...request, speed }));
  } else if (device !== "cpu") {
    say.line(
      table([["GPU", "none: navigator.gpu has no adapter; training and prediction use the CPU"]]),
    );
  }
  if (device !== "gpu") {
    const cpu = await createCpuEngine();
    say.line(table([["CPU", cpu.adapter]]));
    reports.push(await reportOf("CPU", cpu, request));
  }
  say.line();
  say.line(doctorTable(reports));
  say.line();
  const healthy = reports.map((report) => verdictOf(report, say));
  return healthy.every(Boolean);
}

/** Training steps of this workload are timed, so many times. */
const SPEED_WORKLOAD = "D";
const RUNS = 3;

/** An engine and what was found about it. */
export interface EngineReport {
  readonly name: string;
  readonly findings: readonly Finding[];
  /** FLOP per second by the kind of step. */
  readonly rates: ReadonlyMap<StepKind, number>;
  /** On the model's test vector, where a model was given. */
  readonly model?: ModelFinding;
}

async function reportOf(
  name: string,
  engine: Engine,
  { speed, model: given }: DoctorRequest,
): Promise<EngineReport> {
  const findings = await selfTest(engine);
  const model = given && await examineModel(engine, given);
  const rates = new Map<StepKind, number>();
  if (speed) {
    const workload = WORKLOADS_BY_NAME.get(SPEED_WORKLOAD)!;
    const tensors = tensorsOfWorkload(workload);
    const { kinds } = await engine.profile(planOf(workload), tensors, { runs: RUNS });
    for (const { kind, flops, ms } of kinds) if (flops > 0) rates.set(kind, flops / ms * 1000);
  }
  engine.close();
  return { name, findings, rates, ...(model && { model }) };
}

/** A line for each kind of step: on each engine the largest error, the verdict, and the rate where there is one. */
export function doctorTable(reports: readonly EngineReport[]): string {
  const kinds = new Set(reports.flatMap(({ findings }) => findings.map(({ kind }) => kind)));
  const head = ["step", "runs"];
  for (const { name, rates } of reports) {
    head.push(`error ${name}`, "verdict", ...(rates.size > 0 ? [`GFLOP/s ${name}`] : []));
  }
  const rows = [...kinds].map((kind) => {
    const row: string[] = [kind];
    for (const { findings, rates } of reports) {
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

const REMEDY: Readonly<Record<string, string>> = {
  GPU: "It is refused for training and prediction; update its driver, or use --device cpu.",
  CPU: "Do not trust results from this machine.",
};

/** Says how an engine is; whether it is well. */
function verdictOf({ name, findings, model }: EngineReport, say: Say): boolean {
  const ill = findings.filter(({ healthy }) => !healthy).map(({ kind }) => kind);
  say.line(
    ill.length === 0
      ? `The ${name} computes rightly.`
      : `The ${name} computes wrongly: ${ill.join(", ")}. ${REMEDY[name]}`,
  );
  if (model !== undefined) {
    const verdict = model.passed ? "as it should be" : "WRONG: do not trust its predictions here";
    say.line(`The model on the ${name}: ${verdict} (${model.figures}).`);
  }
  return ill.length === 0 && (model?.passed ?? true);
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
