/**
 * `profile`: measures the time and the memory of a forward pass or a training step.
 *
 * @module
 */
import { Command, Option } from "@commander-js/extra-typings";
import {
  describeWorkload,
  type KindProfile,
  type MemoryUse,
  newSettings,
  type Profile,
  type ProfileRequest,
  profileWorkload,
  WORKLOADS_BY_NAME,
} from "../../mod.ts";
import { addDeviceOptions, givenSettings } from "../options/field_options.ts";
import { parseNumber } from "../options/values.ts";
import { type Say, sayOnStdout } from "../terminal/say.ts";
import { bytes, columns, flops, percent, plural, table } from "../words/words.ts";

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
      const chosen = WORKLOADS_BY_NAME.get(workload)!;
      await profile({ workload: chosen, runs, device, threads }, sayOnStdout());
    });
  addDeviceOptions(command);
  return command;
}

/** Profiles a workload and prints the result. */
async function profile(request: ProfileRequest, say: Say): Promise<void> {
  const { profile: found, engine: name, adapter, why } = await profileWorkload(request);
  const { workload, runs } = request;
  const onGpu = name === "gpu";
  const memory = onGpu ? bytes(found.memory.total) : describeMemory(found.memory);
  const times = `median of ${plural(runs, "run")}${onGpu ? ", by the GPU's own clock" : ""}`;
  say.line(`workload  ${workload.name}: ${describeWorkload(workload)}, ${flops(found.flops)}`);
  say.line(`device    ${name}, ${adapter} (${why})`);
  if (found.peak !== undefined) {
    say.line(`peak      ${rate(found.peak)} GFLOP/s: 128-bit fused multiply-adds, all threads`);
  }
  say.line(`memory    ${memory}`);
  say.line(`times     ${times}`);
  say.line();
  say.block(onGpu ? gpuProfileTable(found) : profileTable(found));
}

/**
 * One line per kind of step and a total: calls, time, share of the time, arithmetic and memory
 * traffic per second.
 */
export function gpuProfileTable({ kinds, ms, flops }: Profile): string {
  const row = (name: string, calls: number, time: number, work: number, moved: number) => [
    name,
    `${calls}`,
    time.toFixed(3),
    percent(time / ms),
    work > 0 ? (work / time / 1e9).toFixed(3) : "-",
    (moved / time / 1e6).toFixed(1),
  ];
  const sum = (of: (each: KindProfile) => number) => kinds.reduce((all, each) => all + of(each), 0);
  return columns([
    ["step", "calls", "ms", "of time", "TFLOP/s", "GB/s"],
    ...kinds.map((each) => row(each.kind, each.calls, each.ms, each.flops, each.bytes)),
    row("total", sum(({ calls }) => calls), ms, flops, sum(({ bytes }) => bytes)),
  ]);
}

function describeMemory(memory: MemoryUse): string {
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

/**
 * One line per kind of step and a total: calls, time, share of the time, rate, share of the peak.
 */
export function profileTable({ kinds, ms, flops, peak = NaN }: Profile): string {
  const row = (name: string, calls: number, time: number, work: number) => {
    const speed = work / time * 1000;
    const shares = work > 0 ? [rate(speed), percent(speed / peak)] : ["-", "-"];
    return [name, `${calls}`, time.toFixed(2), percent(time / ms), ...shares];
  };
  return columns([
    ["step", "calls", "ms", "of time", "GFLOP/s", "of peak"],
    ...kinds.map((each) => row(each.kind, each.calls, each.ms, each.flops)),
    row("total", kinds.reduce((sum, { calls }) => sum + calls, 0), ms, flops),
  ]);
}

function rate(flopsPerSecond: number): string {
  return (flopsPerSecond / 1e9).toFixed(1);
}
