import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { rateChart } from "../../lib/report/rate_chart.ts";
import {
  suggestedRate,
  TRIED_RATES,
  type TriedRate,
  triedRate,
  tryRates,
} from "../../lib/train/tried_rates.ts";
import { fakeBatches, fakeTrainer } from "../support/fake_trainer.ts";

/** A curve of a loss that depends on the decimal logarithm of the rate alone. */
function curve(loss: (decade: number) => number): TriedRate[] {
  return Array.from({ length: TRIED_RATES.steps }, (_, step) => {
    const rate = triedRate(step);
    const value = loss(Math.log10(rate));
    return { rate, loss: value, smoothed: value };
  });
}

Deno.test("the rates that are tried go from 1e-6 to 1 by equal factors", () => {
  assertEquals(triedRate(0), 1e-6);
  assertAlmostEquals(triedRate(149), 1, 1e-12);
  assertAlmostEquals(triedRate(60) / triedRate(59), triedRate(11) / triedRate(10), 1e-12);
});

Deno.test("a tenth of the rate at nine tenths of the fall is suggested", () => {
  // From 2 at a rate of 1e-4 down to 1 at 0.01, where it stays until 0.1, and then up.
  const loss = (decade: number) => Math.max(1, Math.min(2, -decade / 2), 2 + decade);
  const { rate, fallen } = suggestedRate(curve(loss))!;
  // Nine tenths of the way from -4 to -2, at the next step of 1/25.
  assertAlmostEquals(Math.log10(fallen), -2.2, 0.05);
  assertAlmostEquals(rate, fallen / 10, 1e-5);
  assertEquals(rate, Number(rate.toPrecision(2)));
});

Deno.test("nothing is suggested where the loss does not fall, or for a test that soon ended", () => {
  assertEquals(suggestedRate(curve(() => 1)), undefined);
  assertEquals(suggestedRate(curve((decade) => 8 + decade)), undefined);
  assertEquals(suggestedRate(curve((decade) => 1 - 0.02 * (decade + 6) / 6)), undefined);
  assertEquals(suggestedRate(curve((decade) => -decade).slice(0, 20)), undefined);
  assertEquals(suggestedRate([]), undefined);
});

Deno.test("tryRates() makes a step with each rate, in the order of the epochs' batches", async () => {
  const rates: number[] = [];
  const trainer = fakeTrainer({ loss: () => 1 });
  const step = trainer.step.bind(trainer);
  trainer.step = (batch, options) => {
    rates.push(options.learningRate);
    return step(batch, options);
  };
  const asked: [number, number][] = [];
  const { trainBatches, trainBatch } = fakeBatches();
  const batches = {
    trainBatches,
    trainBatch(epoch: number, index: number) {
      asked.push([epoch, index]);
      return trainBatch(epoch, index);
    },
  };
  const tried = await tryRates({ trainer, batches });
  assertEquals(tried.map(({ rate }) => rate), rates);
  assertEquals(rates, Array.from({ length: TRIED_RATES.steps }, (_, step) => triedRate(step)));
  assertEquals(asked.slice(3, 6), [[0, 3], [1, 0], [1, 1]]);
  for (const { smoothed } of tried) assertAlmostEquals(smoothed, 1, 1e-12);
});

Deno.test("tryRates() with steps of several batches means their losses and updates once", async () => {
  const calls: [number, boolean | undefined][] = [];
  const trainer = fakeTrainer({
    loss: (batch) => batch % 3,
    stepped: (_, { learningRate, updates }) => calls.push([learningRate, updates]),
  });
  const tried = await tryRates({ trainer, batches: fakeBatches(), accumulate: 3 });
  assertEquals(tried.map(({ loss }) => loss), new Array(TRIED_RATES.steps).fill(1));
  const expected = Array.from({ length: 3 * TRIED_RATES.steps }, (_, i) => {
    return [triedRate(Math.floor(i / 3)), i % 3 === 2];
  });
  assertEquals(calls, expected as typeof calls);
});

Deno.test("tryRates() ends when the loss explodes, is no number, or the signal asks to", async () => {
  const stepsWith = async (loss: (step: number) => number, signal?: AbortSignal) => {
    const trainer = fakeTrainer({ loss });
    return (await tryRates({ trainer, batches: fakeBatches(), signal })).length;
  };
  assertEquals(await stepsWith((step) => step === 40 ? NaN : 1), 39);
  assertEquals(await stepsWith((step) => step === 40 ? Infinity : 1), 39);
  const exploded = await stepsWith((step) => step < 40 ? 1 : 2 ** (step - 39));
  assert(exploded > 40 && exploded < 48, `${exploded} steps`);
  const stop = new AbortController();
  const at = (step: number) => {
    if (step === 7) stop.abort();
    return 1;
  };
  assertEquals(await stepsWith(at, stop.signal), 7);
});

Deno.test("the chart of the rates shows the suggestion, or says that there is none", async () => {
  const tried = curve((decade) => 1 + Math.abs(decade + 2) / 4);
  const suggestion = suggestedRate(tried)!;
  const chart = await rateChart(tried, suggestion);
  assert(chart.includes(`suggested: ${suggestion.rate}`), "the suggestion");
  assert(chart.includes("Learning rate"), "the axis");
  assertEquals([...chart.matchAll(/<circle /g)].length, tried.length);
  assert((await rateChart(tried, undefined)).includes("no suggestion"));
  assert(!(await rateChart([], undefined)).includes("NaN"));
});
