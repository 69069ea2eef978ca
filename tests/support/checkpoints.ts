/**
 * Declares tests of trained weights from files, run forward against PyTorch's logits for them.
 *
 * @module
 */
import { assert } from "@std/assert";
import { graphOf, networkOf } from "../../lib/network/architectures.ts";
import { checkWeights } from "../../lib/network/weights.ts";
import { assertClose } from "./compare.ts";
import type { TestedEngine } from "./engines.ts";
import { foldersWith, loadJson, loadTensors } from "./reference_data.ts";
import { UnetRun } from "./unet_run.ts";

interface Manifest {
  probe: { file: string; atol: number };
  files: Record<string, unknown>;
}

/** The folders of reference numbers that hold checkpoints. */
export const CHECKPOINT_FOLDERS = foldersWith("checkpoints/manifest.json");

/** Declares a test of the files of a folder on each engine. */
export function testCheckpoints(
  folder: (typeof CHECKPOINT_FOLDERS)[number],
  engines: readonly TestedEngine[],
): void {
  const { probe, files } = loadJson<Manifest>(folder, "checkpoints/manifest.json");
  const probes = loadTensors(folder, `checkpoints/${probe.file}`);
  const names = Object.keys(files).filter((name) => `${stem(name)}.input` in probes);
  for (const { label, engine } of engines) {
    Deno.test(`trained weights on ${label} give the logits of ${folder.label}`, async (test) => {
      assert(names.length > 0, "the probe belongs to no file");
      for (const name of names.filter((name) => name.endsWith(".safetensors"))) {
        await test.step(name, async () => {
          const tensors = loadTensors(folder, `checkpoints/${name}`);
          const network = networkOf(tensors, name);
          const weights = checkWeights(graphOf(network), tensors, name);
          const input = probes[`${stem(name)}.input`];
          const expected = probes[`${stem(name)}.logits`];
          const run = new UnetRun(engine, network, weights, input, expected);
          assertClose("logits", (await run.evaluate()).logits, expected, probe.atol);
          assertClose("folded", (await run.predict()).logits, expected, probe.atol);
        });
      }
    });
  }
}

function stem(name: string): string {
  return name.replace(/\.[^.]*$/, "");
}
