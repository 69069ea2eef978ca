/**
 * The laboratory's runner, see README.md: `deno task lab [experiment [shapes...]]`.
 *
 * @module
 */
import { compileLab } from "./compile.ts";
import type { Experiment } from "./experiment.ts";
import { winogradProduct } from "./winograd_product.ts";

const EXPERIMENTS: Readonly<Record<string, Experiment>> = { winograd_product: winogradProduct };

/** A time has settled when none has been better, by this much, for so long. */
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
    // Long enough for the clock.
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

/** FLOP/s of kernels_as/peak.ts: 12 chains of 4 floats, a multiplication and an addition each. */
function roofOf(peak: (...args: number[]) => void): number {
  const rounds = 100_000;
  return rounds * 12 * 4 * 2 / bestSeconds(() => peak(0, 0, 0, rounds, 0.5));
}

async function run(experiment: Experiment, names: readonly string[]): Promise<void> {
  const { kernels, memory } = await compileLab(experiment.file, experiment.bytes);
  const roof = roofOf(kernels.peak);
  console.log(`roof: ${(roof / 1e9).toFixed(1)} GFLOP/s, one thread\n`);
  console.log(
    ["shape".padEnd(10), ...experiment.variants.map((name) => name.padStart(16))].join(""),
  );
  for (const name of names.length > 0 ? names : experiment.shapes.keys()) {
    const shape = experiment.shapes.get(name);
    if (!shape) throw new Error(`no shape ${name}; there are ${[...experiment.shapes.keys()]}`);
    const cells = experiment.variants.map((variant) => {
      const trial = experiment.prepare(variant, shape, memory);
      const call = () => trial.call(kernels[variant]);
      call();
      const error = trial.worstError();
      if (!(error <= trial.allowedError)) {
        throw new Error(`${variant} at ${name} is wrong: off by ${error} roundings`);
      }
      const speed = trial.flops / bestSeconds(call);
      const share = (speed / roof * 100).toFixed(0);
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
