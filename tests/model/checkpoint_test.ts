import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { InputError } from "../../lib/core/errors.ts";
import { sha256 } from "../../lib/core/hash.ts";
import { elementCount, type Tensors } from "../../lib/core/tensor.ts";
import type { TrainingState } from "../../lib/engine/engine.ts";
import { writePth } from "../../lib/formats/pth_writer.ts";
import { readSafetensors, writeSafetensors } from "../../lib/formats/safetensors.ts";
import { decodeRun, encodeModel, encodeRun, type SavedRun } from "../../lib/model/checkpoint.ts";
import { historyFromTensor, historyToTensor } from "../../lib/model/history_tensor.ts";
import type { TensorHashes } from "../../lib/model/sealed_entry.ts";
import { decodeWeights } from "../../lib/model/weights_file.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { counterNames, parametersOf } from "../../lib/network/parameters.ts";
import type { LossScale } from "../../lib/plan/loss_scaling.ts";
import { DEFAULT_CONFIG, networkOfConfig } from "../../lib/train/config.ts";
import { historyOf } from "../support/history.ts";

const CONFIG = { ...DEFAULT_CONFIG, baseChannels: 2, width: 32, height: 32 };
const NETWORK = networkOfConfig(CONFIG);

function filled(start: number, trainedOnly: boolean): Tensors<Float32Array> {
  const tensors: Tensors<Float32Array> = {};
  for (const { name, shape, trained } of parametersOf(graphOf(NETWORK))) {
    if (trainedOnly && !trained) continue;
    const data = Float32Array.from(
      { length: elementCount(shape) },
      (_, index) => Math.sin(start + index),
    );
    tensors[name] = { shape, data };
  }
  return tensors;
}

function savedRun(step = 9): SavedRun {
  const state: TrainingState = {
    weights: filled(1, false),
    ...(step > 0 && { slots: { exp_avg: filled(2, true), exp_avg_sq: filled(3, true) } }),
    step,
    batchesTracked: step,
  };
  const progress = { epoch: 0, losses: [1 / 3, 0.1 + 0.2], history: [] };
  return { state, progress, config: CONFIG, dataHash: "ab" };
}

Deno.test("decodeRun() reads back what encodeRun() wrote", async () => {
  for (const step of [0, 9]) {
    const run = savedRun(step);
    assertEquals(await decodeRun(await encodeRun(run), "last.safetensors"), run);
  }
});

Deno.test("a checkpoint of mixed precision holds the loss scale, and no other does", async () => {
  const lossScale = { scale: 2 ** 15, steps: 7, skipped: 1 };
  const mixedRun = (lossScale?: LossScale): SavedRun => {
    const run = savedRun();
    const state = { ...run.state, ...(lossScale && { lossScale }) };
    return { ...run, state, config: { ...CONFIG, precision: "mixed" } };
  };
  const run = mixedRun(lossScale);
  assertEquals(await decodeRun(await encodeRun(run), "last"), run);
  const refused = async (changed: SavedRun, words: string) =>
    await assertRejects(async () => decodeRun(await encodeRun(changed), "last"), InputError, words);
  await refused(mixedRun(), "it lacks a loss scale, but its precision is mixed");
  await refused({ ...run, config: CONFIG }, "it has a loss scale, but its precision is float32");
  for (const scale of [0, 0.5, -2, 3, 2 ** 25]) {
    await refused(mixedRun({ ...lossScale, scale }), `its loss scale is ${scale}; expected`);
  }
  for (const field of ["steps", "skipped"]) {
    await refused(mixedRun({ ...lossScale, [field]: -1 }), field);
  }
  const fresh = savedRun(0);
  const begun = { ...fresh, config: run.config };
  assertEquals(await decodeRun(await encodeRun(begun), "last"), begun);
});

Deno.test("a checkpoint holds averages from the first step on, and all of them", async () => {
  const averagedRun = (step: number): SavedRun => {
    const run = savedRun(step);
    const average = step > 0 && { average: filled(4, false) };
    const history = historyOf([0.2, 0.3], { averaged: true });
    return {
      ...run,
      state: { ...run.state, ...average },
      progress: { epoch: 2, losses: [], history },
      config: { ...CONFIG, ema: 0.99 },
      averageHash: "cd",
    };
  };
  for (const step of [0, 9]) {
    assertEquals(await decodeRun(await encodeRun(averagedRun(step)), "last"), averagedRun(step));
  }
  const run = averagedRun(9);
  const { weights } = await decodeWeights(await encodeRun(run), "last");
  assertEquals(Object.keys(weights).filter((name) => name.startsWith("ema.")), []);
  const { "inc.double_conv.1.running_mean": _, ...average } = run.state.average!;
  const refused = async (changed: SavedRun, words: string) =>
    await assertRejects(async () => decodeRun(await encodeRun(changed), "last"), InputError, words);
  await refused(
    { ...run, state: { ...run.state, average } },
    "ema.inc.double_conv.1.running_mean is missing",
  );
  await refused({ ...run, config: CONFIG }, "its history has figures of averaged weights");
  const history = historyOf([0.2, 0.3]);
  await refused({ ...run, progress: { ...run.progress, history } }, "its history lacks figures");
});

Deno.test("a checkpoint inside a step holds the gradients of its batches, and all of them", async () => {
  const inside = (step: number): SavedRun => {
    const run = savedRun(step);
    const accumulated = { batches: 2, gradients: filled(5, true) };
    return {
      ...run,
      state: { ...run.state, accumulated },
      config: { ...CONFIG, accumulate: 3 },
      progress: { ...run.progress, losses: [1, 2, 3, 4, 5] },
    };
  };
  for (const step of [0, 9]) {
    const bytes = await encodeRun(inside(step));
    assertEquals(await decodeRun(bytes, "last"), inside(step));
    const { weights } = await decodeWeights(bytes, "last");
    assertEquals(Object.keys(weights).filter((name) => name.startsWith("accumulated.")), []);
  }
  const run = inside(9);
  const refused = async (changed: SavedRun, words: string) =>
    await assertRejects(async () => decodeRun(await encodeRun(changed), "last"), InputError, words);
  const { "inc.double_conv.0.weight": _, ...gradients } = run.state.accumulated!.gradients;
  const lacking = { ...run.state, accumulated: { batches: 2, gradients } };
  await refused({ ...run, state: lacking }, "accumulated.inc.double_conv.0.weight is missing");
  const words = "it holds the gradients of 2 batches; expected";
  await refused({ ...run, config: CONFIG }, `${words} 0 after 5 in steps of 1`);
  await refused({ ...run, config: { ...CONFIG, accumulate: 4 } }, `${words} 1 after 5`);
  const none = { ...run.state, accumulated: { batches: 0, gradients: filled(5, true) } };
  await refused({ ...run, state: none }, "it holds the gradients of 0 batches; expected 2");
});

Deno.test("a long history keeps the figures of averaged weights", () => {
  const history = historyOf([0.2, 0.3, 0.1], { averaged: true });
  assertEquals(historyFromTensor(historyToTensor(history)), history);
});

Deno.test("encodeModel() and encodeRun() hash the weights that they share once", async () => {
  const run = savedRun(9);
  const info = { config: CONFIG, epoch: 0, valDice: null };
  const hashes: TensorHashes = new Map();
  assertEquals(await encodeModel(run.state, info, hashes), await encodeModel(run.state, info));
  const known = Object.values(run.state.weights).map(({ data }) => data);
  assertEquals(known.filter((data) => !hashes.has(data)), []);
  assertEquals(await encodeRun(run, hashes), await encodeRun(run));
  // A known hash is taken as it is: a wrong one makes a file that is refused.
  hashes.set(known[0], "00");
  const bytes = await encodeRun(run, hashes);
  await assertRejects(() => decodeRun(bytes, "last.safetensors"), InputError, "does not match");
});

/** A float32 that JSON and safetensors keep; no NaN, for NaNs are not equal. */
const float = fc.float({ noNaN: true, noDefaultInfinity: true });
const figure = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { nil: null });
const natural = fc.nat();
const card = fc.record({
  version: fc.string(),
  data: fc.dictionary(
    fc.constantFrom("train", "test", "validation"),
    fc.record({ images: natural, masks: natural, lesion_free: natural }),
    { noNullPrototype: true },
  ),
  testVector: fc.record({
    seed: natural,
    logits: fc.array(float, { minLength: 64, maxLength: 64 }),
    tolerance: fc.constantFrom(1e-3, 0.5),
  }),
});
const number = fc.double({ noNaN: true, noDefaultInfinity: true });
const row = fc.record({
  trainLoss: number,
  valLoss: figure,
  trainLossPerImage: number,
  valLossPerImage: figure,
  valDice: figure,
  valIou: figure,
  lesionFree: natural,
  falseAlarms: natural,
  learningRate: number,
});
const TINY = { ...CONFIG, baseChannels: 1, bilinear: true };

/** A run of base width 1 in any state. */
const anyRun: fc.Arbitrary<SavedRun> = fc.record({
  values: fc.array(float, { minLength: 1, maxLength: 20 }),
  step: fc.integer({ min: 0, max: 3 }),
  batchesTracked: natural,
  losses: fc.array(number, { maxLength: 5 }),
  rows: fc.array(row, { maxLength: 4 }),
  seed: natural,
  dataHash: fc.string({ unit: "binary" }),
  bestHash: fc.option(fc.string(), { nil: undefined }),
  card: fc.option(card, { nil: undefined }),
}).map(({ values, step, batchesTracked, losses, rows, seed, dataHash, bestHash, card }) => {
  let at = 0;
  const tensors = (trainedOnly: boolean): Tensors<Float32Array> =>
    Object.fromEntries(
      parametersOf(graphOf(networkOfConfig(TINY))).filter(({ trained }) => trained || !trainedOnly)
        .map((
          { name, shape },
        ) => [name, {
          shape,
          data: Float32Array.from(
            { length: elementCount(shape) },
            () => values[at++ % values.length],
          ),
        }]),
    );
  const history = rows.map((figures, index) => ({ epoch: index + 1, ...figures }));
  return {
    state: {
      weights: tensors(false),
      ...(step > 0 && { slots: { exp_avg: tensors(true), exp_avg_sq: tensors(true) } }),
      step,
      batchesTracked,
    },
    progress: { epoch: history.length, losses, history },
    config: { ...TINY, seed },
    dataHash,
    ...(bestHash !== undefined && { bestHash }),
    ...(card && { card }),
  };
});

Deno.test("any state, through a checkpoint, is the same state, and again the same bytes", () =>
  fc.assert(
    fc.asyncProperty(anyRun, async (run) => {
      const bytes = await encodeRun(run);
      const back = await decodeRun(bytes, "last.safetensors");
      assertEquals(back, run);
      assertEquals(await encodeRun(back), bytes);
    }),
    { seed: 1, numRuns: 60 },
  ));

Deno.test("any model, through its file, keeps its figures and its card", () =>
  fc.assert(
    fc.asyncProperty(anyRun, fc.option(row, { nil: undefined }), async (run, figures) => {
      const metrics = figures && { epoch: 7, ...figures };
      const info = {
        config: run.config,
        epoch: 7,
        valDice: metrics?.valDice ?? null,
        ...(metrics && { metrics }),
        ...(run.card && { card: run.card }),
      };
      const file = await decodeWeights(await encodeModel(run.state, info), "best.safetensors");
      assertEquals(file.info, info);
      for (const [name, tensor] of Object.entries(run.state.weights)) {
        assertEquals(file.weights[name], tensor);
      }
    }),
    { seed: 1, numRuns: 30 },
  ));

Deno.test("files of format 1 are read, those of a newer one are refused by name", async () => {
  const model = await encodeModel(savedRun().state, { config: CONFIG, epoch: 3, valDice: 0.5 });
  const withFormat = async (format: unknown) => {
    const { tensors, metadata } = readSafetensors(model);
    const sonoseg = metadata.sonoseg.replace('"format":3', `"format":${JSON.stringify(format)}`);
    assert(sonoseg !== metadata.sonoseg || format === 3);
    return writeSafetensors(tensors, { sonoseg, sha256: await hashOf(tensors, sonoseg) });
  };
  const { info } = await decodeWeights(await withFormat(1), "old");
  assertEquals(info, { config: CONFIG, epoch: 3, valDice: 0.5 });
  for (const [format, words] of [[5, "newer Sonoseg wrote it, in format 5"], ["1", "no number"]]) {
    const bytes = await withFormat(format);
    await assertRejects(() => decodeWeights(bytes, "new"), InputError, String(words));
  }
});

/** A run with so many finished epochs. */
function longRun(epochs: number): SavedRun {
  const history = Array.from({ length: epochs }, (_, index) => ({
    epoch: index + 1,
    trainLoss: 1 / (index + 1),
    valLoss: index % 2 === 0 ? null : 1 / 3,
    trainLossPerImage: 0.1 + 0.2,
    valLossPerImage: null,
    valDice: index / epochs,
    valIou: null,
    lesionFree: index,
    falseAlarms: 0,
    learningRate: 1e-320,
  }));
  return { ...savedRun(), progress: { epoch: epochs, losses: [0.5], history } };
}

Deno.test("a history of any length stays within what the reader takes, and comes back whole", async () => {
  const headerBytes = (bytes: Uint8Array) =>
    Number(new DataView(bytes.buffer).getBigUint64(0, true));
  for (const [epochs, format] of [[10_000, 3], [10_001, 4], [450_000, 4]]) {
    const run = longRun(epochs);
    const bytes = await encodeRun(run);
    const { metadata } = readSafetensors(bytes);
    assertEquals(JSON.parse(metadata.sonoseg).format, format);
    if (format === 4) assert(headerBytes(bytes) < 100_000, "the history is not in the header");
    const { progress, state } = await decodeRun(bytes, "last.safetensors");
    assertEquals(progress.history.length, epochs);
    assertEquals(progress.history[epochs - 2], run.progress.history[epochs - 2]);
    assertEquals(progress.history[epochs - 1], run.progress.history[epochs - 1]);
    assertEquals({ ...progress, history: [] }, { ...run.progress, history: [] });
    assertEquals(state, run.state);
    const { info, weights } = await decodeWeights(bytes, "last.safetensors");
    assertEquals([info?.epoch, "history" in weights], [epochs, false]);
  }
});

Deno.test("decodeRun() refuses a long history that is not one row of figures for each epoch", async () => {
  const { tensors, metadata } = readSafetensors(await encodeRun(longRun(10_001)));
  const { history: { data, shape }, ...others } = tensors;
  const changed = (at: number, value: number) => {
    const copy = Float64Array.from(data as Float64Array);
    copy[at] = value;
    return { shape, data: copy };
  };
  const cases: [Tensors, string][] = [
    [others, "no history"],
    [{ ...others, history: { shape: [10], data: new Float64Array(10) } }, "has shape [10]"],
    [{ ...others, history: { shape: [1, 10], data: new Float64Array(10).fill(1) } }, "one row"],
    [{ ...others, history: changed(0, 3) }, "says epoch 3"],
    [{ ...others, history: changed(11, NaN) }, "history[1].train_loss is no number"],
  ];
  for (const [bad, message] of cases) {
    const { sonoseg } = metadata;
    const bytes = writeSafetensors(bad, { sonoseg, sha256: await hashOf(bad, sonoseg) });
    await assertRejects(() => decodeRun(bytes, "last.safetensors"), InputError, message);
  }
});

/** The content hash that FORMAT.md specifies. */
async function hashOf(tensors: Tensors, text: string): Promise<string> {
  const lines = [text];
  for (const name of Object.keys(tensors).sort()) {
    const { shape, data } = tensors[name];
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    lines.push(JSON.stringify([name, data.constructor.name, shape, await sha256(bytes)]));
  }
  return await sha256(new TextEncoder().encode(lines.join("\n")));
}

Deno.test("encodeRun() gives equal bytes for equal runs, whatever the order of the keys", async () => {
  const run = savedRun();
  const weights = Object.fromEntries(Object.entries(run.state.weights).reverse());
  const config = Object.fromEntries(Object.entries(CONFIG).reverse()) as unknown as typeof CONFIG;
  const other = { ...run, config, state: { ...run.state, weights } };
  assertEquals(await encodeRun(other), await encodeRun(run));
});

Deno.test("encodeRun() writes PyTorch's names and int64 counters", async () => {
  const { tensors } = readSafetensors(await encodeRun(savedRun()));
  for (const name of counterNames(graphOf(NETWORK))) {
    assertEquals(tensors[name], { shape: [], data: BigInt64Array.of(9n) });
  }
  for (const { name, trained } of parametersOf(graphOf(NETWORK))) {
    assert(name in tensors);
    assertEquals(`optimizer.exp_avg.${name}` in tensors, trained);
    assertEquals(`optimizer.exp_avg_sq.${name}` in tensors, trained);
  }
});

Deno.test("decodeWeights() takes the weights of a model, of a run and of another program's file", async () => {
  const run = savedRun();
  const names = [
    ...parametersOf(graphOf(NETWORK)).map(({ name }) => name),
    ...counterNames(graphOf(NETWORK)),
  ].sort();
  const model = await encodeModel(run.state, { config: CONFIG, epoch: 3, valDice: 0.5 });
  const valDice = run.progress.history.at(-1)?.valDice ?? null;
  for (
    const [bytes, expected] of [
      [model, { config: CONFIG, epoch: 3, valDice: 0.5 }],
      [await encodeRun(run), { config: CONFIG, epoch: run.progress.epoch, valDice }],
    ] as const
  ) {
    const { format, weights, info } = await decodeWeights(bytes, "best.safetensors");
    assertEquals(format, "safetensors");
    assertEquals(Object.keys(weights).sort(), names);
    assertEquals(weights["outc.conv.bias"], run.state.weights["outc.conv.bias"]);
    assertEquals(info, expected);
  }
  const plain = writeSafetensors({ "outc.conv.bias": run.state.weights["outc.conv.bias"] });
  const pth = writePth({ "outc.conv.bias": run.state.weights["outc.conv.bias"] });
  for (const [bytes, expected] of [[plain, "safetensors"], [pth, "pth"]] as const) {
    const { format, weights, info } = await decodeWeights(bytes, "torch.bin");
    assertEquals([format, info], [expected, undefined]);
    assertEquals(Object.keys(weights), ["outc.conv.bias"]);
  }
});

Deno.test("decodeRun() refuses a model, another program's file and rubbish, naming the file", async () => {
  const model = await encodeModel(savedRun().state, { config: CONFIG, epoch: 3, valDice: null });
  const plain = writeSafetensors({ "outc.conv.bias": { shape: [1], data: Float32Array.of(1) } });
  for (const bytes of [model, plain, new Uint8Array(0), new TextEncoder().encode("{}{}{}{}{}")]) {
    const error = await assertRejects(() => decodeRun(bytes, "runs/a/x.safetensors"), InputError);
    assert(error.message.startsWith("runs/a/x.safetensors"), error.message);
  }
});

Deno.test("decodeRun() notices any flipped bit", async () => {
  const bytes = await encodeRun(savedRun());
  const stride = Math.floor(bytes.length / 97);
  for (let at = 0; at < bytes.length; at += stride) {
    const flipped = bytes.slice();
    flipped[at] ^= 1 << (at % 8);
    await assertRejects(() => decodeRun(flipped, "last.safetensors"), InputError);
  }
});

Deno.test("decodeRun() refuses a truncated file", async () => {
  const bytes = await encodeRun(savedRun());
  for (const length of [0, 7, 8, 100, bytes.length - 1]) {
    await assertRejects(() => decodeRun(bytes.slice(0, length), "last.safetensors"), InputError);
  }
});

Deno.test("decodeRun() refuses tensors that do not belong to the configuration", async () => {
  const run = savedRun();
  const head = "outc.conv.weight";
  const cases: [SavedRun, string][] = [
    [{ ...run, config: { ...CONFIG, baseChannels: 4 } }, "expected float32 [4,1,3,3]"],
    [{ ...run, config: { ...CONFIG, bilinear: true } }, "expected float32"],
    [withWeight(run, "extra", run.state.weights[head]), "extra does not belong here"],
    [withWeight(run, head, { shape: [2], data: new Float32Array(2) }), head],
    [
      { ...run, state: { ...run.state, slots: { ...run.state.slots, exp_avg: {} } } },
      "optimizer.exp_avg.",
    ],
    [{ ...run, state: { ...run.state, step: -1 } }, "step is -1"],
    [{ ...run, state: { ...run.state, batchesTracked: -1 } }, "batches_tracked is -1"],
    [{ ...run, progress: { ...run.progress, epoch: 3 } }, "history"],
  ];
  for (const [bad, message] of cases) {
    const bytes = await encodeRun(bad);
    await assertRejects(() => decodeRun(bytes, "last.safetensors"), InputError, message);
  }
});

function withWeight(run: SavedRun, name: string, tensor: Tensors<Float32Array>[string]): SavedRun {
  return { ...run, state: { ...run.state, weights: { ...run.state.weights, [name]: tensor } } };
}
