/**
 * The time of every kernel of a workload on the GPU at hand:
 * `deno run -A bench/gpu_kernels.ts [WORKLOAD] [BATCH]`. A table per kernel, and one per kernel and
 * size, by the GPU's own clock. The rate counts the multiplications of the
 * direct sum, so a Winograd kernel may exceed the roof.
 *
 * @module
 */
import { median } from "../lib/core/statistics.ts";
import { Gpu, gpuAdapterOf } from "../lib/engine/gpu/adapter.ts";
import { Clock } from "../lib/engine/gpu/clock.ts";
import { compile, mapMemory } from "../lib/engine/gpu/compile.ts";
import { Memory } from "../lib/engine/gpu/memory.ts";
import { Pipelines } from "../lib/engine/gpu/pipelines.ts";
import { measureRate } from "../lib/engine/gpu/rate.ts";
import type { Call } from "../lib/engine/gpu/runner.ts";
import { callsOf } from "../lib/engine/compiled.ts";
import { describeWorkload, planOf, WORKLOADS_BY_NAME } from "../lib/engine/workloads.ts";

/** Timed runs of the plan; the first of all wakes the GPU and is not counted. */
const RUNS = 5;

/** Dispatches of one pipeline and size. */
interface Row {
  readonly name: string;
  readonly calls: readonly Call[];
  readonly times: number[];
}

const adapter = await gpuAdapterOf();
const found = WORKLOADS_BY_NAME.get(Deno.args[0] ?? "E4");
if (!adapter || !found) {
  console.error(adapter ? `there is no workload ${Deno.args[0]}` : "navigator.gpu has no adapter");
  Deno.exit(2);
}
const workload = { ...found, n: Number(Deno.args[1] ?? found.n) };
const plan = planOf(workload);
const gpu = await Gpu.open(adapter);
const pipelines = new Pipelines(gpu.device);
if (gpu.needsRate) gpu.learnRate(await measureRate(gpu, pipelines) ?? 1e9);
const map = mapMemory([plan], gpu.limits);
const memory = await Memory.make(gpu, map.bytes);
const start = performance.now();
const calls = callsOf(compile(map, gpu.device, pipelines, memory)[0]);
gpu.check();
const seconds = ((performance.now() - start) / 1000).toFixed(1);
const rows = rowsOf(calls);
await measure(rows);
const total = rows.reduce((sum, { times }) => sum + median(times), 0);
console.log(`${gpu.adapter}\n${workload.name}: ${describeWorkload(workload)}`);
const pipelineCount = new Set(calls.map(({ pipeline }) => pipeline)).size;
console.log(`${calls.length} dispatches of ${pipelineCount} pipelines, compiled in ${seconds} s`);
console.log(`${total.toFixed(2)} ms, ${(1000 * workload.n / total).toFixed(2)} images/s\n`);
printTable(rows, ({ calls: [{ pipeline }] }) => pipeline.label);
printTable(rows, ({ name }) => name);
memory.close();
gpu.close();

/**
 * The calls by their pipelines and sizes. Layers of all sizes share pipelines; the cost differs.
 */
function rowsOf(calls: readonly Call[]): Row[] {
  const byPipeline = Map.groupBy(calls, ({ pipeline }) => pipeline);
  return [...byPipeline].flatMap(([{ label }, calls], index) =>
    [...Map.groupBy(calls, ({ kind, cost }) => `${kind} of ${(cost / 1e9).toPrecision(3)} GFLOP`)]
      .map(([size, calls]) => ({ name: `${label} #${index + 1}, ${size}`, calls, times: [] }))
  );
}

/** Times whole runs of the plan. */
async function measure(rows: readonly Row[]): Promise<void> {
  const clock = new Clock(gpu);
  for (let run = 0; run <= RUNS; run++) {
    const each = await clock.timeEach(calls);
    if (run === 0) continue;
    const timeOf = new Map(calls.map((call, index) => [call, each[index]]));
    for (const row of rows) {
      row.times.push(row.calls.reduce((sum, call) => sum + timeOf.get(call)!, 0));
    }
  }
  clock.close();
}

/** A line per group of rows, the longest first. */
function printTable(rows: readonly Row[], groupOf: (row: Row) => string): void {
  const groups = [...Map.groupBy(rows, groupOf)].map(([name, rows]) => ({
    name,
    ms: rows.reduce((sum, { times }) => sum + median(times), 0),
    calls: rows.flatMap(({ calls }) => calls),
  }));
  console.log("      ms  share  calls  TFLOP/s  workgroups");
  for (const { name, ms, calls } of groups.sort((a, b) => b.ms - a.ms)) {
    const flops = calls.reduce((sum, { cost }) => sum + cost, 0);
    const workgroups = Math.round(calls.reduce((sum, { x, y }) => sum + x * y, 0) / calls.length);
    console.log(
      [
        ms.toFixed(3).padStart(8),
        `${(100 * ms / total).toFixed(1)} %`.padStart(7),
        `${calls.length}`.padStart(6),
        (flops / ms / 1e9).toFixed(2).padStart(8),
        `${workgroups}`.padStart(11),
        ` ${name}`,
      ].join(""),
    );
  }
  console.log();
}
