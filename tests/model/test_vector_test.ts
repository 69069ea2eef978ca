import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { sha256 } from "../../lib/core/hash.ts";
import { createCpuEngine } from "../../lib/engine/cpu/engine.ts";
import { checkTestVector } from "../../lib/model/model_card.ts";
import {
  compareLogits,
  testImage,
  testPoints,
  testVector,
  testVectorOf,
} from "../../lib/model/test_vector.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { planPrediction } from "../../lib/plan/planners.ts";
import { DEFAULT_CONFIG, networkOfConfig } from "../../lib/train/config.ts";
import { planRun } from "../../lib/train/cost.ts";
import { trainedWeights } from "../support/random_weights.ts";

Deno.test("testImage() never changes: files in the world depend on its bytes", async () => {
  const image = testImage(37, 22, 1);
  assertEquals(image.slice(0, 8), Uint8Array.of(69, 120, 137, 145, 77, 28, 106, 204));
  assertEquals(
    await sha256(image),
    "043bd861a1f794730bbd5f8aa08c709b88fe1f7865e6aceb9f7894d36c8acbfd",
  );
  assertNotEquals(testImage(37, 22, 2), image);
  // Dark inside the ellipse, bright above it.
  const mean = (bytes: Uint8Array) => bytes.reduce((sum, byte) => sum + byte, 0) / bytes.length;
  assert(mean(image.subarray(37 * 11 + 12, 37 * 11 + 25)) < 50);
  assert(mean(image.subarray(0, 37 * 3)) > 90);
});

Deno.test("testPoints() spreads over rows and columns, without a repetition where there is room", () => {
  for (const [width, height] of [[512, 512], [64, 48], [16, 16], [37, 22]]) {
    const points = testPoints(width, height);
    assertEquals(points.length, 64);
    assert(points.every((point) => point >= 0 && point < width * height));
    if (height >= 64) assertEquals(new Set(points).size, 64);
    const columns = new Set(points.map((point) => Math.floor((8 * (point % width)) / width)));
    const rows = new Set(points.map((point) => Math.floor((8 * point) / (width * height))));
    assertEquals([columns.size, rows.size], [8, 8]);
  }
});

Deno.test("a test vector made by a trainer holds on a predictor, and not with other weights", async () => {
  const config = { ...DEFAULT_CONFIG, baseChannels: 3, width: 50, height: 37, batch: 2 };
  const network = networkOfConfig(config);
  const weights = trainedWeights(network);
  const engine = await createCpuEngine({ threads: 2 });
  try {
    // No evaluation batch of one image among those of the run's own.
    const { plans } = planRun(config, 4, 2);
    const trainer = await engine.trainer(plans, { weights, step: 0, batchesTracked: 0 });
    const vector = await testVectorOf(trainer, config);
    assertEquals(testVector(JSON.parse(JSON.stringify(vector))), vector);
    assert(vector.logits.every((logit) => Math.fround(logit) === Math.fround(Number(logit))));
    const plan = planPrediction(graphOf(network), { ...config, n: 1 });
    const predictor = await engine.predictor(plan, weights);
    const right = await checkTestVector(predictor, vector, config);
    assert(right.passed && right.error < vector.tolerance / 10, `error ${right.error}`);
    const bias = { shape: [1], data: weights["outc.conv.bias"].data.map((value) => value + 0.1) };
    const other = await engine.predictor(plan, { ...weights, "outc.conv.bias": bias });
    assertEquals((await checkTestVector(other, vector, config)).passed, false);
    const nothing = new Float32Array(config.width * config.height).fill(NaN);
    assertEquals(compareLogits(vector, nothing, config), { error: Infinity, passed: false });
  } finally {
    engine.close();
  }
});

Deno.test("testVectorOf() refuses logits that are no numbers", async () => {
  const trainer = { logits: () => Promise.resolve(new Float32Array(16 * 16).fill(NaN)) };
  const size = { width: 16, height: 16 };
  await assertRejects(() => testVectorOf(trainer, size), InputError, "training has diverged");
});

Deno.test("testVector() refuses what is none", () => {
  const good = { seed: 1, logits: Array(64).fill(0.5), tolerance: 1e-3 };
  assertEquals(testVector(good), good);
  for (
    const bad of [
      null,
      [],
      { ...good, seed: -1 },
      { ...good, logits: [1] },
      { ...good, logits: Array(64).fill("1") },
      { ...good, tolerance: 0 },
      { ...good, tolerance: null },
    ]
  ) assertThrows(() => testVector(bad), InputError);
});
