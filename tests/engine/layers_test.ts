/**
 * Every step kind against PyTorch's numbers, forward and backward, for every engine. The cases are
 * whatever the JSON files in the folders list. Layers of full size are for the fast engines here,
 * for the slow ones in tests/full.
 *
 * @module
 */
import { assert } from "@std/assert";
import type { Tensor, Tensors } from "../../lib/core/tensor.ts";
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
            () => check(runLayer, engine, caseTensors(tensors, name), params, expected, label),
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
  label: string,
): Promise<void> {
  const results = await runLayer(engine, tensors, params);
  for (const [name, { atol }] of Object.entries(expected)) {
    if (INSIDE.has(name)) continue;
    assert(results[name], `${name} is not computed`);
    const wanted = label === "GPU" ? flushedAs(results[name], tensors[name]) : tensors[name];
    assertClose(name, results[name], wanted, atol);
  }
}

/** The smallest normal float32. */
const LEAST_NORMAL = 2 ** -126;

/** The expected tensor, with zero where a GPU has flushed a smaller number, as WGSL allows. */
function flushedAs(got: Tensor, { shape, data }: Tensor): Tensor {
  const values = Float32Array.from(Array.from(data, Number), (value, i) => {
    const isFlushed = Math.abs(value) < LEAST_NORMAL &&
      Object.is(got.data[i], 0 * Math.sign(value));
    return isFlushed ? Number(got.data[i]) : value;
  });
  return { shape, data: values };
}

testBigLayers(engines.filter(({ slow }) => !slow));
