/**
 * Every step kind against PyTorch's numbers, forward and backward, for every engine. The cases are
 * whatever the JSON files in the folders list. Layers of full size are for the fast engines here,
 * for the slow ones in tests/full.
 *
 * @module
 */
import { assert } from "@std/assert";
import type { Tensors } from "../../lib/core/tensor.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { testBigLayers } from "../support/big_layers.ts";
import { assertClose } from "../support/compare.ts";
import { engines } from "../support/engines.ts";
import { type Book, type Expected, type LayerRun, LAYERS } from "../support/layers.ts";
import { caseTensors, foldersWith, loadJson, loadTensors } from "../support/reference_data.ts";

for (const [layer, runLayer] of Object.entries(LAYERS)) {
  for (const folder of foldersWith(`layers/${layer}.json`)) {
    const book = loadJson<Book<Record<string, unknown>>>(folder, `layers/${layer}.json`);
    const tensors = loadTensors(folder, `layers/${book.file}`);
    for (const { label, engine } of engines) {
      Deno.test(`${layer} on ${label} agrees with ${folder.label}`, async (test) => {
        for (const [name, { params, expected }] of Object.entries(book.cases)) {
          await test.step(
            name,
            () => check(runLayer, engine, caseTensors(tensors, name), params, expected),
          );
        }
      });
    }
  }
}

/** Intermediate values of the loss, which no step hands out. */
const INSIDE = new Set(["p", "stable_bce", "dlogits_bce", "dlogits_dice"]);

async function check(
  runLayer: LayerRun,
  engine: Engine,
  tensors: Tensors,
  params: Record<string, unknown>,
  expected: Record<string, Expected>,
): Promise<void> {
  const results = await runLayer(engine, tensors, params);
  for (const [name, { atol }] of Object.entries(expected)) {
    if (INSIDE.has(name)) continue;
    assert(results[name], `${name} is not computed`);
    assertClose(name, results[name], tensors[name], atol);
  }
}

testBigLayers(engines.filter(({ slow }) => !slow));
