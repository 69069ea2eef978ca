/**
 * `profile`: where the time and the memory of a forward pass or a training step go.
 *
 * @module
 */
import { Command, Option } from "@commander-js/extra-typings";
import { wantedAdapter } from "../../engine/choose.ts";
import { adapterOf, threadsOf } from "../../engine/cpu/engine.ts";
import { type MemoryProfile, type Profile, profilePlan } from "../../engine/cpu/profile.ts";
import { describeAdapter } from "../../engine/gpu/adapter.ts";
import { type GpuProfile, profilePlanOnGpu } from "../../engine/gpu/profile.ts";
import {
  describeWorkload,
  planOf,
  tensorsOfWorkload,
  type Workload,
  WORKLOADS_BY_NAME,
} from "../../engine/workloads.ts";
import { InputError } from "../../core/errors.ts";
import { newSettings } from "../../run/run_settings.ts";
import { type Say, sayOnStdout } from "../terminal/say.ts";
import { addDeviceOptions, givenSettings } from "../options/field_options.ts";
import { parseNumber } from "../options/values.ts";
import { bytes, columns, flops, plural, table } from "../words/words.ts";

const MOST_RUNS = 1000;

/** `profile` with its options and its action. */
export function profileCommand() {
  const command = new Command("profile")
    .description(
      "Time each kind of step of a U-Net on made-up data: on the CPU beside the most that its vector units can " +
        "do, on a GPU by its own clock. Reads and writes no file.",
    )
    .addOption(
      new Option("--workload <name>", "which network, size and batch, see below")
        .choices([...WORKLOADS_BY_NAME.keys()]).default("C"),
    )
    .option("--runs <count>", "the times are medians of so many runs", parseNumber, 5)
    .addHelpText(
      "after",
      `\nWorkloads:\n${
        table([...WORKLOADS_BY_NAME].map(([name, workload]) => [name, describeWorkload(workload)]))
      }`,
    )
    .action(async ({ workload, runs, ...options }) => {
      const { device, threads } = newSettings(givenSettings(options));
      if (!Number.isInteger(runs) || runs < 1 || runs > MOST_RUNS) {
        throw new InputError(`--runs is ${runs}; expected a whole number from 1 to ${MOST_RUNS}`);
      }
      const chosen = WORKLOADS_BY_NAME.get(workload)!;
      const { adapter, why } = await wantedAdapter(device);
      const say = sayOnStdout();
      if (adapter) return await profileGpu(chosen, { adapter, why, runs }, say);
      const count = threadsOf(threads === null ? {} : { threads });
      await profileCpu(chosen, { threads: count, why, runs }, say);
    });
  addDeviceOptions(command);
  return command;
}

/** Profiles a workload on the GPU and says what was found. */
async function profileGpu(
  workload: Workload,
  { adapter, why, runs }: {
    readonly adapter: GPUAdapter;
    readonly why: string;
    readonly runs: number;
  },
  say: Say,
): Promise<void> {
  const found = await profilePlanOnGpu(planOf(workload), tensorsOfWorkload(workload), {
    adapter,
    runs,
  });
  say.line(`workload  ${workload.name}: ${describeWorkload(workload)}, ${flops(found.flops)}`);
  say.line(`device    gpu, ${describeAdapter(adapter)} (${why})`);
  say.line(`memory    ${bytes(found.memoryBytes)}`);
  say.line(`times     median of ${plural(runs, "run")}, by the GPU's own clock`);
  say.line();
  say.line(gpuProfileTable(found));
}

/** One line per kind of step and one for all: calls, time, share of the time, arithmetic and memory traffic per second. */
export function gpuProfileTable({ kinds, ms, flops, bytes }: GpuProfile): string {
  const row = (name: string, calls: number, time: number, work: number, moved: number) => [
    name,
    `${calls}`,
    time.toFixed(3),
    percent(time / ms),
    work > 0 ? (work / time / 1e9).toFixed(3) : "-",
    (moved / time / 1e6).toFixed(1),
  ];
  const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);
  return columns([
    ["step", "calls", "ms", "of time", "TFLOP/s", "GB/s"],
    ...kinds.map((each) => row(each.kind, each.calls, each.ms, each.flops, bytes.get(each.kind)!)),
    row("total", sum(kinds.map(({ calls }) => calls)), ms, flops, sum(bytes.values())),
  ]);
}

/** Profiles a workload on the CPU and says what was found. */
async function profileCpu(
  workload: Workload,
  options: { readonly threads: number; readonly why: string; readonly runs: number },
  say: Say,
): Promise<void> {
  const found = await profilePlan(planOf(workload), tensorsOfWorkload(workload), options);
  say.line(`workload  ${workload.name}: ${describeWorkload(workload)}, ${flops(found.flops)}`);
  say.line(`device    cpu, ${adapterOf(options.threads)} (${options.why})`);
  say.line(`roof      ${rate(found.roof)} GFLOP/s: 128-bit fused multiply-adds, all threads`);
  say.line(`memory    ${describeMemory(found.memory)}`);
  say.line(`times     median of ${plural(options.runs, "run")}`);
  say.line();
  say.line(profileTable(found));
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
  return columns([
    ["step", "calls", "ms", "of time", "GFLOP/s", "of roof"],
    ...kinds.map((each) => row(each.kind, each.calls, each.ms, each.flops)),
    row("total", kinds.reduce((sum, { calls }) => sum + calls, 0), ms, flops),
  ]);
}

function rate(flopsPerSecond: number): string {
  return (flopsPerSecond / 1e9).toFixed(1);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
