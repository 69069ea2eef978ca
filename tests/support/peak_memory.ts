/**
 * Reads checkpoints one after the other and reports the peak of additional memory for each:
 * `peak_memory.ts FILE...` prints one JSON object, bytes by file. It needs Linux, where the kernel
 * records the peak.
 *
 * @module
 */
import { InputError } from "../../lib/core/errors.ts";
import { readStateDict } from "../../lib/formats/state_dict.ts";
import { graphOf, networkOf } from "../../lib/network/architectures.ts";
import { checkWeights } from "../../lib/network/weights.ts";

/** Resident bytes: the peak since the last reset (VmHWM), or now (VmRSS). */
function resident(field: "VmHWM" | "VmRSS"): number {
  const status = Deno.readTextFileSync("/proc/self/status");
  return 1024 * Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)![1]);
}

function load(bytes: Uint8Array, file: string): void {
  try {
    const { tensors } = readStateDict(bytes);
    checkWeights(graphOf(networkOf(tensors, file)), tensors, file);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
  }
}

if (import.meta.main) {
  const { gc } = globalThis as unknown as { gc(): void };
  const peaks: Record<string, number> = {};
  // Every file is read twice. In the second pass the readers are compiled and the heap has its
  // size.
  for (const file of [...Deno.args, ...Deno.args]) {
    const bytes = Deno.readFileSync(file);
    gc();
    // Resets the peak.
    Deno.writeTextFileSync("/proc/self/clear_refs", "5");
    const before = resident("VmRSS");
    load(bytes, file);
    peaks[file] = Math.max(peaks[file] ?? 0, resident("VmHWM") - before);
  }
  console.log(JSON.stringify(peaks));
}
