/**
 * `profile`: where the time and the memory of a forward pass or a training step go.
 *
 * @module
 */
import { Command, Option } from "@commander-js/extra-typings";
import { adapterOf, threadsOf } from "../engine/cpu/engine.ts";
import { type MemoryProfile, type Profile, profilePlan } from "../engine/cpu/profile.ts";
import {
  batchOf,
  describeWorkload,
  freshState,
  planOf,
  type Workload,
  WORKLOADS_BY_NAME,
} from "../engine/workloads.ts";
import { InputError } from "../errors.ts";
import type { Tensors } from "../tensor.ts";
import { checkSettings, DEFAULT_SETTINGS } from "../train/run_settings.ts";
import { checkDevice } from "./device.ts";
import { type Say, sayOnStdout } from "./say.ts";
import { deviceOption } from "./train_options.ts";
import { parseNumber } from "./values.ts";
import { bytes, columns, flops, plural, table } from "./words.ts";

const MOST_RUNS = 1000;

/** `profile` with its options and its action. */
export function profileCommand() {
  return new Command("profile")
    .description(
      "Time each kind of step of a U-Net on made-up data, beside the most that this machine's vector " +
        "units can do. Reads and writes no file.",
    )
    .addOption(
      new Option("--workload <name>", "which network, size and batch, see below")
        .choices([...WORKLOADS_BY_NAME.keys()]).default("C"),
    )
    .addOption(deviceOption())
    .option("--threads <count>", "threads of the CPU engine (default: one per core)", parseNumber)
    .option("--runs <count>", "the times are medians of so many runs", parseNumber, 5)
    .addHelpText(
      "after",
      `\nWorkloads:\n${
        table([...WORKLOADS_BY_NAME].map(([name, workload]) => [name, describeWorkload(workload)]))
      }`,
    )
    .action(async ({ workload, device = DEFAULT_SETTINGS.device, threads = null, runs }) => {
      checkSettings({ ...DEFAULT_SETTINGS, device, threads });
      checkDevice(device);
      if (!Number.isInteger(runs) || runs < 1 || runs > MOST_RUNS) {
        throw new InputError(`--runs is ${runs}; expected a whole number from 1 to ${MOST_RUNS}`);
      }
      const chosen = WORKLOADS_BY_NAME.get(workload)!;
      const count = threadsOf(threads === null ? {} : { threads });
      await profile(chosen, { threads: count, runs }, sayOnStdout());
    });
}

/** Profiles a workload and says what was found. */
async function profile(
  workload: Workload,
  options: { readonly threads: number; readonly runs: number },
  say: Say,
): Promise<void> {
  const found = await profilePlan(planOf(workload), tensorsOf(workload), options);
  say.line(`workload  ${workload.name}: ${describeWorkload(workload)}, ${flops(found.flops)}`);
  say.line(`device    cpu, ${adapterOf(options.threads)}`);
  say.line(`roof      ${rate(found.roof)} GFLOP/s: 128-bit fused multiply-adds, all threads`);
  say.line(`memory    ${describeMemory(found.memory)}`);
  say.line(`times     median of ${plural(options.runs, "run")}`);
  say.line();
  say.line(profileTable(found));
}

/** What a run of the workload starts from: weights, a batch, the learning rate of a first step. */
function tensorsOf(workload: Workload): Tensors {
  const { images, masks, n, height, width } = batchOf(workload);
  return {
    ...freshState(workload).weights,
    image: { shape: [n, height, width], data: images },
    mask: { shape: [n, 1, height, width], data: masks },
    rate: { shape: [2], data: Float32Array.of(1e-3, 1) },
  };
}

function describeMemory(memory: MemoryProfile): string {
  const { persistent, kept, scratch, workspace, arena, total } = memory;
  const parts = [
    [persistent, "parameters"],
    [kept, "transformed weights"],
    [scratch, "scratch of the threads"],
    [workspace, "workspace of a step"],
    [arena, "activations and gradients"],
  ] as const;
  const used = parts.filter(([size]) => size > 0).map(([size, what]) => `${bytes(size)} ${what}`);
  return `${bytes(total)}: ${used.join(", ")}`;
}

/** One line per kind of step and one for all: calls, time, share of the time, rate, share of the roof. */
export function profileTable({ kinds, ms, flops, roof }: Profile): string {
  const row = (name: string, calls: number, time: number, work: number) => {
    const speed = work / time * 1000;
    const shares = work > 0 ? [rate(speed), percent(speed / roof)] : ["-", "-"];
    return [name, `${calls}`, time.toFixed(2), percent(time / ms), ...shares];
  };
  const rows = [
    ["step", "calls", "ms", "of time", "GFLOP/s", "of roof"],
    ...kinds.map((each) => row(each.kind, each.calls, each.ms, each.flops)),
    row("total", kinds.reduce((sum, { calls }) => sum + calls, 0), ms, flops),
  ];
  return columns(rows);
}

function rate(flopsPerSecond: number): string {
  return (flopsPerSecond / 1e9).toFixed(1);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
