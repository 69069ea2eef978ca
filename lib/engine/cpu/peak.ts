/**
 * Measures the processor's peak, with which the kernels' speed is compared.
 *
 * @module
 */
import { PAGE_BYTES } from "../../core/wasm.ts";
import { aligned } from "../../plan/memory_plan.ts";
import { job, jobBytes } from "./job.ts";
import type { Machine } from "./machine.ts";

/** Duration of the measurement in ms: V8 replaces its first code by optimised code meanwhile. */
const TRIES_MS = 500;
const TASKS_PER_THREAD = 4;
const ROUNDS = 200_000;
const FACTOR = 0.5;
/** 12 chains of 4 floats, a multiplication and an addition each (kernels_as/peak.ts). */
const FLOPS_PER_ROUND = 12 * 4 * 2;

/**
 * FLOP/s of 128-bit fused multiply-adds on all threads (kernels_as/peak.ts), the best of several
 * runs. Overwrites the bottom of the machine's memory.
 */
export async function measurePeak(machine: Machine): Promise<number> {
  const tasks = machine.threads * TASKS_PER_THREAD;
  const results = 16 * tasks;
  const peak = job("peak", tasks, { out: PAGE_BYTES, rounds: ROUNDS, factor: FACTOR });
  const address = PAGE_BYTES + aligned(results);
  machine.grow(address + jobBytes(peak));
  machine.describe(peak, address);
  let best = 0;
  const begin = performance.now();
  while (performance.now() - begin < TRIES_MS) {
    const start = performance.now();
    await machine.run([{ address, tasks }]);
    const seconds = (performance.now() - start) / 1000;
    best = Math.max(best, tasks * ROUNDS * FLOPS_PER_ROUND / seconds);
  }
  return best;
}
