/**
 * The laboratory's runner, see README.md: `deno task lab [experiment [shapes...]]`.
 *
 * @module
 */
import { compileLab, type LabKernel } from "./compile.ts";
import { checkedCall, DATA, type Experiment } from "./experiment.ts";
import { EXPERIMENTS } from "./experiments.ts";

/** The best time has settled when no call was faster by this factor for so many milliseconds. */
const BETTER = 0.995;
const SETTLED_MS = 250;
const MOST_MS = 3000;

/** The best time of a call in seconds. */
function bestSeconds(call: () => void): number {
  const begin = performance.now();
  let best = Infinity;
  let settled = begin;
  let calls = 1;
  for (let now = begin; now - settled < SETTLED_MS && now - begin < MOST_MS;) {
    const start = performance.now();
    for (let i = 0; i < calls; i++) call();
    now = performance.now();
    // Too short for the clock's resolution.
    if (now - start < 2) {
      calls *= 2;
      settled = now;
      continue;
    }
    const each = (now - start) / calls;
    if (each < best * BETTER) settled = now;
    best = Math.min(best, each);
  }
  return best / 1000;
}

/** Measures a peak of the machine by a loop that does nothing else. */
const PEAKS: Record<Experiment["peak"], {
  unit: string;
  measure(kernels: Record<string, LabKernel>): number;
}> = {
  // kernels_as/peak.ts: 12 chains of 4 floats, a multiplication and an addition each.
  "multiply-adds": {
    unit: "GFLOP/s",
    measure: ({ peak }) => {
      const rounds = 100_000;
      return rounds * 12 * 4 * 2 / bestSeconds(() => peak(0, 0, 0, rounds, 0.5));
    },
  },
  // 8 KiB to 8 KiB: both stay in the first-level cache.
  "copies": {
    unit: "GB/s",
    measure: ({ copy }) => {
      const bytes = 8192;
      return 2 * bytes / bestSeconds(() => copy(DATA + bytes + 64, DATA, bytes));
    },
  },
};

async function run(experiment: Experiment, names: readonly string[]): Promise<void> {
  const lab = await compileLab(experiment.file, experiment.bytes);
  const { unit, measure } = PEAKS[experiment.peak];
  const peak = measure(lab.kernels);
  console.log(`peak: ${(peak / 1e9).toFixed(1)} ${unit}, one thread\n`);
  console.log(
    ["shape".padEnd(10), ...experiment.variants.map((name) => name.padStart(16))].join(""),
  );
  for (const name of names.length > 0 ? names : experiment.shapes.keys()) {
    const shape = experiment.shapes.get(name);
    if (!shape) throw new Error(`no shape ${name}; there are ${[...experiment.shapes.keys()]}`);
    const cells = experiment.variants.map((variant) => {
      const { call, work } = checkedCall(experiment, variant, shape, lab);
      const speed = work / bestSeconds(call);
      const share = (speed / peak * 100).toFixed(0);
      return `${(speed / 1e9).toFixed(1)} (${share} %)`.padStart(16);
    });
    console.log([name.padEnd(10), ...cells].join(""));
  }
}

const [name = Object.keys(EXPERIMENTS)[0], ...shapes] = Deno.args;
if (!EXPERIMENTS[name]) {
  throw new Error(`no experiment ${name}; there are ${Object.keys(EXPERIMENTS)}`);
}
await run(EXPERIMENTS[name], shapes);
