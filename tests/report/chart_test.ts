import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { decode } from "fast-png";
import fc from "fast-check";
import { type EpochRecord, lossChart, lossChartPng } from "../../lib/report/chart.ts";

function run(epochs: number, change: (record: EpochRecord) => Partial<EpochRecord> = () => ({})) {
  return Array.from({ length: epochs }, (_, k): EpochRecord => {
    const record = {
      epoch: k + 1,
      trainLoss: 1.4 / Math.sqrt(k + 1),
      testLoss: 1.5 / Math.sqrt(k + 1) + 0.1,
      testDice: 1 - 0.9 / (k + 1),
    };
    return { ...record, ...change(record) };
  });
}

/** The `d` of each curve. */
function curvesOf(svg: string): string[] {
  return Array.from(svg.matchAll(/<path d="([^"]*)"/g), (match) => match[1]);
}

Deno.test("lossChart() draws three curves through every epoch", () => {
  for (const epochs of [2, 40, 500]) {
    const paths = curvesOf(lossChart(run(epochs)));
    assertEquals(paths.length, 3);
    for (const path of paths) {
      assertEquals(path.match(/M/g)?.length, 1);
      assertEquals(path.match(/L/g)?.length, epochs - 1);
    }
  }
});

Deno.test("lossChart() shows a single epoch as dots", () => {
  const svg = lossChart(run(1));
  assertEquals(svg.match(/<circle/g)?.length, 3);
});

Deno.test("lossChart() leaves a gap where a loss is not finite", () => {
  const history = run(9, ({ epoch }) => epoch === 4 ? { testLoss: NaN } : {});
  const [training, test] = curvesOf(lossChart(history));
  assertEquals(training.match(/M/g)?.length, 1);
  assertEquals(test.match(/M/g)?.length, 2);
  assertEquals(test.match(/L/g)?.length, 6);
});

Deno.test("lossChart() leaves out the Dice panel where no test image has a lesion", () => {
  const svg = lossChart(run(5, () => ({ testDice: NaN })));
  assertEquals(curvesOf(svg).length, 2);
  assert(!svg.includes("Test Dice"));
});

Deno.test("lossChart() names the images that choose the best epoch", () => {
  const namesOf = (svg: string) =>
    Array.from(svg.matchAll(/>([A-Z][A-Za-z ]*) \d\.\d{3}</g), (match) => match[1]).sort();
  assertEquals(namesOf(lossChart(run(5))), ["Test", "Test Dice", "Training"]);
  const svg = lossChart(run(5), { judge: "validation" });
  assertEquals(namesOf(svg), ["Training", "Validation", "Validation Dice"]);
  assert(!svg.includes("Test"));
});

Deno.test("lossChart() marks the best epoch and says its Dice", () => {
  const svg = lossChart(run(10), { bestEpoch: 10 });
  assertStringIncludes(svg, "best: epoch 10, Dice 0.910");
  assert(!lossChart(run(10)).includes("best:"));
  assert(!lossChart(run(10), { bestEpoch: 11 }).includes("best:"));
});

Deno.test("lossChart() escapes its title", () => {
  assertStringIncludes(lossChart(run(3), { title: 'a<b & "c"' }), "a&lt;b &amp; &quot;c&quot;");
});

Deno.test("lossChart() keeps all coordinates finite, whatever the values", () => {
  const value = fc.oneof(
    fc.double({ min: -5, max: 50 }),
    fc.constantFrom(NaN, Infinity, -Infinity, 0, 1e300, -1e300, 1e-300),
  );
  const record = fc.record({
    trainLoss: value,
    testLoss: value,
    testDice: fc.double({ min: 0, max: 1 }),
  });
  fc.assert(fc.property(fc.array(record, { maxLength: 30 }), (records) => {
    const svg = lossChart(records.map((one, k) => ({ epoch: k + 1, ...one })), { bestEpoch: 2 });
    assert(!/NaN|Infinity/.test(svg.replace(/<text.*?<\/text>/g, "")));
    assertMatch(svg, /^<svg .*<\/svg>$/s);
  }));
});

Deno.test("lossChartPng() gives a picture with both colours of the losses", async () => {
  const { width, height, channels, data } = decode(await lossChartPng(run(12), { bestEpoch: 9 }));
  assert(width > 1000 && height > 700);
  const seen = new Set<string>();
  for (let i = 0; i < data.length; i += channels) seen.add([...data.slice(i, i + 3)].join());
  for (const colour of ["255,255,255", "0,114,178", "213,94,0", "0,158,115"]) {
    assert(seen.has(colour), `no pixel of colour ${colour}`);
  }
});
