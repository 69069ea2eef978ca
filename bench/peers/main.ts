/**
 * Sonoseg beside other programs on this machine: `deno task bench:peers [--threads N] [A B C D]`.
 *
 * All peers have the same weights and the same input. Sonoseg and a peer run in turns, so that both
 * see the same load of the machine. A turn is a few consecutive runs. The first one does not count,
 * since the caches hold the other program's data. The program compares medians and results: logits
 * of a forward pass, losses of the first training steps. It is for development only and no part of
 * the product.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { median } from "../../lib/core/statistics.ts";
import { threadsOf } from "../../lib/engine/cpu/engine.ts";
import { planOf, type Workload, WORKLOADS, WORKLOADS_BY_NAME } from "../../lib/engine/workloads.ts";
import { planFlops } from "../../lib/plan/flops.ts";
import { startOurs, writeInputs } from "./ours.ts";
import { Peer, PeerMissing, PEERS, type PeerSpec } from "./peer.ts";

/** Turns are taken for so many seconds, within bounds of their number. */
const SECONDS = 15;
const [FEWEST_TURNS, MOST_TURNS] = [3, 25];
/** A turn has at least two runs, and more until so many milliseconds have passed. */
const TURN_MS = 400;
/** Runs of each program before the timing; their results are compared. */
const WARM_UP_RUNS = 3;
/** Pause between turns: the threads of some peers spin for a while after a run. */
const REST_MS = 150;

/**
 * A higher load average before the start (Deno.loadavg) means that other programs run and distort
 * the figures.
 */
const BUSY_LOAD = 0.5;

/** The result of one workload and peer. */
interface Row {
  readonly workload: Workload;
  readonly peer: string;
  readonly ms: number;
  readonly oursMs: number;
  readonly difference: number;
}

/** A peer that could not run a workload. */
interface Absence {
  readonly workload: Workload;
  readonly peer: string;
  readonly why: string;
}

async function compare(
  workload: Workload,
  spec: PeerSpec,
  threads: number,
): Promise<Row> {
  const folder = Deno.makeTempDirSync({ prefix: "sonoseg-peers-" });
  try {
    writeInputs(workload, folder);
    const peer = await Peer.start(spec, folder, threads);
    const ours = await startOurs(workload, threads);
    try {
      let difference = 0;
      for (let run = 0; run < WARM_UP_RUNS; run++) {
        const own = await ours.run();
        const answer = await peer.run();
        const logits = answer.output &&
          readFloats(`${folder}/${answer.output}`);
        const found = logits
          ? largestDifference(logits, own.logits!)
          : Math.abs(answer.loss! - own.loss!);
        difference = Math.max(difference, found);
      }
      const [mine, theirs]: [number[], number[]] = [[], []];
      const start = performance.now();
      for (let turn = 0; turn < MOST_TURNS; turn++) {
        if (
          turn >= FEWEST_TURNS && performance.now() - start > SECONDS * 1000
        ) break;
        await rest();
        mine.push(...await takeTurn(ours));
        await rest();
        theirs.push(...await takeTurn(peer));
      }
      const [ms, oursMs] = [median(theirs), median(mine)];
      return { workload, peer: peer.title, ms, oursMs, difference };
    } finally {
      ours.close();
      await peer.close();
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Runs a turn; returns the milliseconds of each run that counts. */
async function takeTurn(
  program: { run(): Promise<{ ms: number }> },
): Promise<number[]> {
  await program.run();
  const times: number[] = [];
  const start = performance.now();
  do times.push((await program.run()).ms); while (
    performance.now() - start < TURN_MS
  );
  return times;
}

function readFloats(path: string): Float32Array {
  return new Float32Array(Deno.readFileSync(path).buffer);
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - b[i])),
    0,
  );
}

function rest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, REST_MS));
}

/**
 * One markdown table. Each workload has a line of Sonoseg, with the median over all comparisons,
 * then a line for each peer.
 */
function tableOf(rows: readonly Row[], threads: number): string {
  const lines = [
    "| workload | program | ms | GFLOP/s | time / ours | largest difference |",
    "|---|---|---|---|---|---|",
  ];
  for (const workload of new Set(rows.map((row) => row.workload))) {
    const own = rows.filter((row) => row.workload === workload);
    const gigaflop = planFlops(planOf(workload)) / 1e9;
    const line = (
      program: string,
      ms: number,
      ratio: string,
      difference: string,
    ) => {
      const rate = (gigaflop / ms * 1000).toFixed(1);
      lines.push(
        `| ${workload.name} | ${program} | ${
          ms.toPrecision(4)
        } | ${rate} | ${ratio} | ${difference} |`,
      );
    };
    const ours = median(own.map(({ oursMs }) => oursMs));
    line(`**Sonoseg**, ${threads} threads`, ours, "1", "-");
    for (const { peer, ms, oursMs, difference } of own) {
      line(peer, ms, (ms / oursMs).toFixed(2), difference.toExponential(1));
    }
  }
  return lines.join("\n");
}

async function measure(
  workloads: readonly Workload[],
  threads: number,
): Promise<void> {
  const [load] = Deno.loadavg();
  const rows: Row[] = [];
  const absences: Absence[] = [];
  for (const workload of workloads) {
    for (const spec of PEERS) {
      console.error(`${workload.name}: ${spec.name}`);
      try {
        rows.push(await compare(workload, spec, threads));
      } catch (error) {
        if (!(error instanceof PeerMissing)) throw error;
        absences.push({ workload, peer: spec.name, why: error.message });
      }
    }
  }
  console.log(tableOf(rows, threads));
  console.log(
    "\nDifference: of the logits, or of the losses of the first training steps.",
  );
  if (load > BUSY_LOAD) {
    console.log(
      `Other programs were running (load ${load.toFixed(2)}): do not trust these figures.`,
    );
  }
  for (const { workload, peer, why } of absences) {
    console.log(`Not measured: ${peer} on ${workload.name}: ${why}`);
  }
}

const program = new Command("bench:peers")
  .argument("[workloads...]", "A, B, C, D, E1 or E4")
  .option("--threads <count>", "threads of each program (one per core)", Number)
  .parse(Deno.args, { from: "user" });
const names = program.args.length > 0 ? program.args : WORKLOADS.map(({ name }) => name);
const chosen = names.map((name) => {
  const workload = WORKLOADS_BY_NAME.get(name);
  if (!workload) throw new Error(`no workload is called ${name}`);
  return workload;
});
await measure(chosen, threadsOf(program.opts()));
