import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { decode } from "fast-png";
import type { EpochRecord } from "../../lib/report/curves.ts";
import { lossChart, lossChartPng } from "../../lib/report/loss_chart.ts";

function run(epochs: number, change: (record: EpochRecord) => Partial<EpochRecord> = () => ({})) {
  return Array.from({ length: epochs }, (_, k): EpochRecord => {
    const record = {
      epoch: k + 1,
      trainLoss: 1.4 / Math.sqrt(k + 1),
      valLoss: 1.5 / Math.sqrt(k + 1) + 0.1,
      valDice: 1 - 0.9 / (k + 1),
      valIou: 1 - 0.95 / (k + 1),
      learningRate: 1e-3,
    };
    return { ...record, ...change(record) };
  });
}

/** The `d` of each curve: losses of training and validation images, Dice, IoU. */
function curvesOf(svg: string): string[] {
  return [...svg.matchAll(/<path [^>]*d="(M[^"]*)"[^>]*>/g)].map(([, d]) => d)
    .filter((d) => !/^M0,0/.test(d));
}

Deno.test("lossChart() draws four curves through every epoch", async () => {
  for (const epochs of [2, 40, 500]) {
    const paths = curvesOf(await lossChart(run(epochs)));
    assertEquals(paths.length, 4);
    for (const path of paths) {
      assertEquals(path.match(/M/g)?.length, 1);
      assertEquals(path.match(/L/g)?.length, epochs - 1);
    }
  }
});

Deno.test("lossChart() shows a single epoch as dots", async () => {
  const svg = await lossChart(run(1));
  assertEquals(svg.match(/<circle/g)?.length, 4);
});

Deno.test("lossChart() leaves a gap where a loss is not finite", async () => {
  const history = run(9, ({ epoch }) => epoch === 4 ? { valLoss: NaN } : {});
  const [training, validation] = curvesOf(await lossChart(history));
  assertEquals(training.match(/M/g)?.length, 1);
  assertEquals(validation.match(/M/g)?.length, 2);
  assertEquals(validation.match(/L/g)?.length, 6);
});

Deno.test("lossChart() leaves out the overlap where no validation image has a lesion", async () => {
  for (const none of [null, NaN]) {
    const svg = await lossChart(run(5, () => ({ valDice: none, valIou: none })));
    assertEquals(curvesOf(svg).length, 2);
    assert(!svg.includes("Dice 0"));
    assert(!svg.includes("Mean overlap"));
  }
});

Deno.test("lossChart() names the validation images", async () => {
  const namesOf = (svg: string) =>
    Array.from(svg.matchAll(/>([A-Za-z][A-Za-z ]*) \d\.\d{3}</g), (match) => match[1]).sort();
  const svg = await lossChart(run(5));
  assertEquals(namesOf(svg), ["Dice", "IoU", "training", "validation"]);
  assertStringIncludes(svg, "Mean overlap, validation images");
  assert(!/\btest\b/i.test(svg));
});

Deno.test("lossChart() marks the best epoch and says its Dice", async () => {
  const svg = await lossChart(run(10), { bestEpoch: 10 });
  assertStringIncludes(svg, "best: epoch 10, Dice 0.910");
  assert(!(await lossChart(run(10))).includes("best:"));
  assert(!(await lossChart(run(10), { bestEpoch: 11 })).includes("best:"));
});

Deno.test("lossChart() escapes its title", async () => {
  const svg = await lossChart(run(3), { title: 'a<b & "c"' });
  assertStringIncludes(svg, "a&lt;b &amp; &quot;c&quot;");
});

Deno.test("lossChart() keeps all coordinates finite, whatever the values", async () => {
  const value = fc.oneof(
    fc.double({ min: -5, max: 50 }),
    fc.constantFrom(NaN, Infinity, -Infinity, 0, 1e300, -1e300, 1e-300),
  );
  const record = fc.record({
    trainLoss: value,
    valLoss: value,
    valDice: fc.double({ min: 0, max: 1 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(record, { maxLength: 30 }), async (records) => {
      const history = records.map((one, k) => ({
        epoch: k + 1,
        ...one,
        valIou: one.valDice,
        learningRate: 1,
      }));
      const svg = await lossChart(history, { bestEpoch: 2 });
      assert(!/NaN|Infinity/.test(svg.replace(/<text.*?<\/text>/g, "")));
      assertMatch(svg, /^<svg .*<\/svg>$/s);
    }),
    { numRuns: 30 },
  );
});

Deno.test("lossChartPng() gives a picture with both colours of the losses", async () => {
  const { width, height, channels, data } = decode(await lossChartPng(run(12), { bestEpoch: 9 }));
  assert(width > 1000 && height > 700);
  const seen = new Set<number>();
  for (let i = 0; i < data.length; i += channels) {
    seen.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
  }
  for (const colour of [0xffffff, 0x0072b2, 0xd55e00, 0x009e73]) {
    assert(seen.has(colour), `no pixel of colour ${colour.toString(16)}`);
  }
});
