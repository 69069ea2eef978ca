import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { type Checkpoint, type LoopEvent, runTraining } from "../../lib/train/loop.ts";
import { bestOf, FRESH_PROGRESS, type HistoryRow } from "../../lib/train/progress.ts";
import { fakeBatches, fakeTrainer } from "../support/fake_trainer.ts";

interface Recorded {
  saved: { checkpoint: Checkpoint; best: boolean }[];
  events: LoopEvent[];
  rows: HistoryRow[];
}

function recorder() {
  const recorded: Recorded = { saved: [], events: [], rows: [] };
  const callbacks = {
    batchDone: (event: LoopEvent) => void recorded.events.push(event),
    epochDone: (row: HistoryRow) => void recorded.rows.push(row),
    save(checkpoint: Checkpoint, best: boolean) {
      recorded.saved.push({ checkpoint: structuredClone(checkpoint), best });
      return Promise.resolve();
    },
  };
  return { recorded, callbacks };
}

/** A learning rate that tells steps apart. */
const rateOf = (step: number) => 0.01 / (1 + step % 3);

/** Trains, stopping after each of the given batches and going on from what was saved. */
async function train(
  epochs: number,
  stops: readonly number[] = [],
  { averaged = false, patience, accumulate }: {
    averaged?: boolean;
    patience?: number;
    accumulate?: number;
  } = {},
): Promise<Checkpoint> {
  let last: Checkpoint | undefined;
  for (const stop of [...stops, Infinity]) {
    const controller = new AbortController();
    const stepped = (step: number) => step >= stop && controller.abort();
    const trainer = fakeTrainer({ stepped, averaged });
    if (last) await trainer.load(last.state);
    const { recorded, callbacks } = recorder();
    await runTraining({
      trainer,
      batches: fakeBatches(),
      epochs,
      patience,
      ...(accumulate !== undefined && { accumulate }),
      learningRate: rateOf,
      start: last?.progress ?? FRESH_PROGRESS,
      callbacks,
      signal: controller.signal,
    });
    last = recorded.saved.at(-1)!.checkpoint;
  }
  return last!;
}

Deno.test("runTraining() makes every batch of every epoch and saves after each epoch", async () => {
  const { recorded, callbacks } = recorder();
  const progress = await runTraining({
    trainer: fakeTrainer(),
    batches: fakeBatches(),
    epochs: 3,
    learningRate: () => 0.01,
    start: FRESH_PROGRESS,
    callbacks,
  });
  assertEquals(progress.epoch, 3);
  assertEquals(recorded.saved.length, 3);
  assertEquals(recorded.saved[2].checkpoint.state.step, 12);
  assertEquals(recorded.rows, [...progress.history]);
  assertEquals(recorded.events.filter((event) => event.phase === "train").length, 12);
  assertEquals(recorded.events.filter((event) => event.phase === "validation").length, 6);
  assertEquals(recorded.events[3].images, 1, "the last batch of seven images by two");
});

Deno.test("runTraining() gives batch means and the tutorial's sums over the number of images", async () => {
  const losses = [4, 3, 2, 1.5];
  const trainer = fakeTrainer({ loss: (step) => losses[step - 1] });
  const { callbacks } = recorder();
  const batches = fakeBatches();
  const { history } = await runTraining({
    trainer,
    batches,
    epochs: 1,
    learningRate: () => 0.01,
    start: FRESH_PROGRESS,
    callbacks,
  });
  assertAlmostEquals(history[0].trainLoss, 10.5 / 4, 1e-12);
  assertAlmostEquals(history[0].trainLossPerImage, 10.5 / 7, 1e-12);
  assertAlmostEquals(history[0].valLoss! * 2, history[0].valLossPerImage! * 3, 1e-12);
});

Deno.test("runTraining() stopped anywhere and continued comes to the same state", async () => {
  const whole = await train(3);
  for (const stops of [[1], [4], [5], [3, 7, 11], [4, 8], [1, 2, 3, 4, 5, 6]]) {
    assertEquals(await train(3, stops), whole, `stopped after steps ${stops}`);
  }
});

Deno.test("runTraining() makes a step of several batches, and of what is left at an epoch's end", async () => {
  const calls: [learningRate: number, updates: boolean | undefined][] = [];
  const trainer = fakeTrainer({
    stepped: (_, { learningRate, updates }) => calls.push([learningRate, updates]),
  });
  const { recorded, callbacks } = recorder();
  const batches = fakeBatches();
  const learningRate = (step: number) => step;
  const run = { trainer, batches, epochs: 2, accumulate: 3, learningRate, callbacks };
  const { history } = await runTraining({ ...run, start: FRESH_PROGRESS });
  // Four batches an epoch: three, and the last one for itself.
  const epoch = (first: number) => [
    ...[false, false, true].map((updates) => [first, updates]),
    [first + 1, true],
  ];
  assertEquals(calls, [...epoch(0), ...epoch(2)] as typeof calls);
  assertEquals(history.map((row) => row.learningRate), [1, 3]);
  const { state } = recorded.saved.at(-1)!.checkpoint;
  assertEquals([state.step, state.batchesTracked, state.accumulated], [4, 8, undefined]);
  assertEquals(recorded.events.filter(({ phase }) => phase === "train").length, 8);
});

Deno.test("runTraining() stopped between the batches of a step goes on in that step", async () => {
  for (const accumulate of [2, 3, 4, 9]) {
    const whole = await train(3, [], { accumulate });
    for (const stops of [[1], [2], [3], [4], [5, 6], [1, 2, 3, 4, 5, 6, 7]]) {
      const resumed = await train(3, stops, { accumulate });
      assertEquals(resumed, whole, `steps of ${accumulate}, stopped after batches ${stops}`);
    }
  }
  assertEquals(await train(3, [], { accumulate: 9 }), await train(3, [], { accumulate: 4 }));
});

Deno.test("runTraining() validates averaged weights beside the raw ones, which it trains on", async () => {
  const [plain, averaged] = [await train(3), await train(3, [], { averaged: true })];
  assertEquals(averaged.state.weights, plain.state.weights);
  for (const [epoch, row] of averaged.progress.history.entries()) {
    const { emaLoss, emaDice, emaIou, emaFalseAlarms, ...own } = row;
    assertEquals(own, plain.progress.history[epoch]);
    assert(emaLoss !== own.valLoss);
    // The overlaps of this trainer do not depend on its weights.
    assertEquals([emaDice, emaIou, emaFalseAlarms], [own.valDice, own.valIou, own.falseAlarms]);
  }
  const { average, weights } = averaged.state;
  const lost = averaged.progress.history[2];
  const moved = average!.w.data[0] - weights.w.data[0];
  assertAlmostEquals(lost.emaLoss! - lost.valLoss!, moved, 1e-7);
  for (const stops of [[1], [4], [3, 7, 11]]) {
    assertEquals(await train(3, stops, { averaged: true }), averaged, `stopped after ${stops}`);
  }
});

Deno.test("runTraining() ends early, at the same epoch also when it was stopped before", async () => {
  // Every epoch has the same overlaps, and the validation loss rises with the weight.
  const { progress } = await train(30, [], { patience: 4 });
  assert(progress.epoch < 30, "ended early");
  const best = bestOf(progress.history)!.epoch;
  assertEquals(progress.epoch, best + 4);
  const whole = await train(30, [], { patience: 4 });
  const last = 4 * progress.epoch;
  for (const stops of [[2], [last - 5], [last - 1], [last]]) {
    assertEquals(await train(30, stops, { patience: 4 }), whole, `stopped after steps ${stops}`);
  }
});

Deno.test("runTraining() to 2 epochs and then to 4 is runTraining() to 4", async () => {
  const half = await train(2);
  const trainer = fakeTrainer();
  await trainer.load(half.state);
  const { recorded, callbacks } = recorder();
  await runTraining({
    trainer,
    batches: fakeBatches(),
    epochs: 4,
    learningRate: rateOf,
    start: half.progress,
    callbacks,
  });
  assertEquals(recorded.saved.at(-1)!.checkpoint, await train(4));
});

Deno.test("runTraining() refuses a start behind the end of its epoch", async () => {
  const start = (steps: number) => ({ epoch: 0, losses: new Array(steps).fill(1), history: [] });
  const trained = async (steps: number) => {
    const { recorded, callbacks } = recorder();
    const trainer = fakeTrainer();
    const batches = fakeBatches();
    const run = { trainer, batches, epochs: 1, learningRate: () => 0.01, callbacks };
    await runTraining({ ...run, start: start(steps) });
    return recorded.rows.length;
  };
  assertEquals(await trained(fakeBatches().trainBatches), 1);
  await assertRejects(() => trained(200), InputError, "the losses of 200 batches of epoch 1");
});

Deno.test("runTraining() stops after the current step and saves the position in the epoch", async () => {
  const controller = new AbortController();
  const trainer = fakeTrainer({ stepped: (step) => step === 6 && controller.abort() });
  const { recorded, callbacks } = recorder();
  const progress = await runTraining({
    trainer,
    batches: fakeBatches(),
    epochs: 3,
    learningRate: () => 0.01,
    start: FRESH_PROGRESS,
    callbacks,
    signal: controller.signal,
  });
  assertEquals([progress.epoch, progress.losses.length], [1, 2]);
  assertEquals(recorded.saved.length, 2);
  assertEquals(recorded.saved[1].checkpoint.state.step, 6);
  assertEquals(recorded.saved[1].best, false);
});

for (const bad of [NaN, Infinity]) {
  Deno.test(`runTraining() refuses a loss of ${bad} and saves nothing more`, async () => {
    const trainer = fakeTrainer({ loss: (step) => (step === 6 ? bad : 1) });
    const { recorded, callbacks } = recorder();
    const error = await assertRejects(
      () =>
        runTraining({
          trainer,
          batches: fakeBatches(),
          epochs: 3,
          learningRate: () => 0.01,
          start: FRESH_PROGRESS,
          callbacks,
        }),
      InputError,
      "epoch 2, batch 2",
    );
    assert(error.message.includes("lower learningRate"));
    assertEquals(recorded.saved.length, 1);
  });
}

Deno.test("runTraining() refuses to save weights that are no numbers", async () => {
  const trainer = fakeTrainer();
  await trainer.load({
    weights: { w: { shape: [1], data: Float32Array.of(NaN) } },
    step: 0,
    batchesTracked: 0,
  });
  const { recorded, callbacks } = recorder();
  const controller = new AbortController();
  controller.abort();
  const run = {
    trainer,
    batches: fakeBatches(),
    epochs: 1,
    learningRate: () => 1,
    start: FRESH_PROGRESS,
    callbacks,
    signal: controller.signal,
  };
  await assertRejects(() => runTraining(run), InputError, "diverged");
  assertEquals(recorded.saved, []);
});

Deno.test("runTraining() has nothing to measure without test images", async () => {
  const { recorded, callbacks } = recorder();
  const { history } = await runTraining({
    trainer: fakeTrainer(),
    batches: { ...fakeBatches(), valImages: 0, valBatches: 0 },
    epochs: 2,
    learningRate: () => 0.01,
    start: FRESH_PROGRESS,
    callbacks,
  });
  assertEquals(history[1].valLoss, null);
  assertEquals(history[1].valDice, null);
  assertEquals(recorded.saved.map(({ best }) => best), [true, true]);
});

Deno.test("runTraining() saves inside an epoch when asked to, and changes nothing by it", async () => {
  const run = async (saveEveryMs?: number) => {
    const { recorded, callbacks } = recorder();
    await runTraining({
      trainer: fakeTrainer(),
      batches: fakeBatches(),
      epochs: 2,
      learningRate: () => 0.01,
      start: FRESH_PROGRESS,
      callbacks,
      ...(saveEveryMs !== undefined && { saveEveryMs }),
    });
    return recorded.saved;
  };
  const plain = await run();
  assertEquals((await run(60_000)).length, 2, "nothing is a minute old here");
  const often = await run(0);
  assertEquals(
    often.map(({ checkpoint: { progress, state }, best }) => [
      progress.epoch,
      progress.losses.length,
      state.step,
      best,
    ]),
    [1, 2, 3, 4].flatMap((step) =>
      step < 4 ? [[0, step, step, false]] : [
        [0, 4, 4, false],
        [1, 0, 4, plain[0].best],
      ]
    ).concat([1, 2, 3, 4].flatMap((step) =>
      step < 4 ? [[1, step, 4 + step, false]] : [
        [1, 4, 8, false],
        [2, 0, 8, plain[1].best],
      ]
    )),
  );
  assertEquals(often.at(-1), plain.at(-1));
  for (const { checkpoint } of often) {
    const trainer = fakeTrainer();
    await trainer.load(checkpoint.state);
    const { recorded, callbacks } = recorder();
    const [epochs, start] = [2, checkpoint.progress];
    await runTraining({
      trainer,
      batches: fakeBatches(),
      epochs,
      learningRate: () => 0.01,
      start,
      callbacks,
    });
    if (start.epoch < epochs) {
      assertEquals(recorded.saved.at(-1)!.checkpoint, plain.at(-1)!.checkpoint);
    }
  }
});

Deno.test("runTraining() goes on while a checkpoint is written, but not to the next one", async () => {
  const said: string[] = [];
  const running = { trainer: fakeTrainer(), batches: fakeBatches(), start: FRESH_PROGRESS };
  await runTraining({
    ...running,
    epochs: 3,
    learningRate: () => 0.01,
    callbacks: {
      batchDone: ({ phase, epoch, batch }) =>
        void (phase === "train" && batch === 1 && said.push(`first step ${epoch}`)),
      save: ({ progress: { epoch } }) =>
        Promise.resolve(async () => {
          await new Promise((resolve) => setTimeout(resolve));
          said.push(`written ${epoch}`);
        }),
      epochDone: ({ epoch }) => void said.push(`epoch ${epoch}`),
    },
  });
  assertEquals(said, [
    ...["first step 1", "first step 2", "written 1", "epoch 1"],
    ...["first step 3", "written 2", "epoch 2", "written 3", "epoch 3"],
  ]);
});

Deno.test("runTraining() ends with the failure to write a checkpoint, and saves nothing more", async () => {
  for (const epochs of [1, 3]) {
    let saves = 0;
    const running = { trainer: fakeTrainer(), batches: fakeBatches(), start: FRESH_PROGRESS };
    await assertRejects(
      () =>
        runTraining({
          ...running,
          epochs,
          learningRate: () => 0.01,
          callbacks: {
            save: () => Promise.resolve(() => Promise.reject(new InputError(`save ${++saves}`))),
          },
        }),
      InputError,
      "save 1",
    );
    assertEquals(saves, 1);
  }
});

Deno.test("runTraining() that fails waits for the checkpoint that is being written", async () => {
  let isWritten = false;
  await assertRejects(() =>
    runTraining({
      trainer: fakeTrainer({ loss: (batch) => batch === 5 ? NaN : 1 }),
      batches: fakeBatches(),
      epochs: 3,
      learningRate: () => 0.01,
      start: FRESH_PROGRESS,
      callbacks: {
        save: () =>
          Promise.resolve(async () => {
            await new Promise((resolve) => setTimeout(resolve));
            isWritten = true;
          }),
      },
    }), InputError);
  assert(isWritten);
});
