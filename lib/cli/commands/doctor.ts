/**
 * `doctor`: examines the devices of this machine and tests whether the engines compute correctly.
 *
 * @module
 */
import { Command, Option } from "@commander-js/extra-typings";
import {
  DataFolder,
  describeAdapter,
  type ExaminedEngine,
  examineMachine,
  type ExamineRequest,
  InputError,
  isSoftware,
  LOSES_NAN,
  type Model,
  modelFile,
  namedFiles,
  readModel,
} from "../../mod.ts";
import { openOutput, outDirOption } from "../options/folder_options.ts";
import { EXIT, Exit } from "../terminal/exit.ts";
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
    .addOption(outDirOption())
    .option(
      "--model <name>",
      "also hold the engines against the test vector of this model: a run, or a file",
    )
    .addOption(
      new Option("--device <which>", "which engine to test (default: both, where there is a GPU)")
        .choices(["cpu", "gpu"] as const),
    )
    .option("--no-speed", "leave the rates out")
    .action(async ({ data, outDir, model: file, device, speed }) => {
      const model = file === undefined ? undefined : await modelOf(file, data, outDir);
      if (!await doctor({ device, speed, model }, sayOnStdout())) throw new Exit(EXIT.device);
    });
}

async function modelOf(file: string, data?: string, outDir?: string): Promise<Model> {
  if (data === undefined) throw new InputError("--model needs --data, the folder that holds it");
  const [folder, output] = [await DataFolder.open(data), await openOutput({ data, outDir })];
  const path = await modelFile({ data: folder, output }, file);
  return await readModel(namedFiles(folder, output), path);
}

/**
 * Examines the machine and prints the findings. Returns whether all tests passed.
 *
 * @throws {DeviceError} if the requested GPU is missing.
 */
export async function doctor(request: ExamineRequest, say: Say): Promise<boolean> {
  const examined = await examineMachine(request, {
    gpu: (adapter) => say.block(adapter ? describeGpu(adapter) : NO_GPU),
    cpu: (description) => say.block(table([["CPU", description]])),
  });
  say.line();
  say.block(doctorTable(examined));
  say.line();
  const healthy = examined.map((engine) => verdictOf(engine, say));
  return healthy.every(Boolean);
}

const NO_GPU = table([
  ["GPU", "none: navigator.gpu has no adapter; training and prediction use the CPU"],
]);

/**
 * One line for each kind of step: for each engine the largest error, the verdict, and the rate
 * where it was measured.
 */
export function doctorTable(examined: readonly ExaminedEngine[]): string {
  const kinds = new Set(examined.flatMap(({ findings }) => findings.map(({ kind }) => kind)));
  const head = ["step", "runs"];
  for (const { name, rates } of examined) {
    head.push(`error ${name}`, "verdict", ...(rates.size > 0 ? [`GFLOP/s ${name}`] : []));
  }
  const rows = [...kinds].map((kind) => {
    const row: string[] = [kind];
    for (const { findings, rates } of examined) {
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

/** Prints the findings on an engine. Returns whether all tests passed. */
function verdictOf({ name, findings, model }: ExaminedEngine, say: Say): boolean {
  const ill = findings.filter(({ healthy }) => !healthy).map(({ kind }) => kind);
  say.line(
    ill.length === 0
      ? `The ${name} computes rightly.`
      : `The ${name} computes wrongly: ${ill.join(", ")}. ${REMEDY[name]}`,
  );
  if (findings.some(({ losesNan }) => losesNan)) say.line(`The ${name} ${LOSES_NAN}.`);
  if (model !== undefined) {
    const verdict = model.passed ? "as it should be" : "WRONG: do not trust its predictions here";
    say.line(`The model on the ${name}: ${verdict} (${model.figures}).`);
  }
  return ill.length === 0 && (model?.passed ?? true);
}

/** Describes an adapter. If WebGPU reports the driver, its description contains it. */
export function describeGpu(adapter: GPUAdapter): string {
  const { limits, info } = adapter;
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
  ]);
}
