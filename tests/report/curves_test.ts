import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { onPaper } from "../../lib/pictures/plot.ts";
import {
  type EpochRecord,
  learningRateCurve,
  lossCurves,
  overlapCurves,
  timeBars,
} from "../../lib/report/curves.ts";
import { madeUpHistory } from "../support/report_data.ts";

/** The `d` of each curve: paths of straight lines between points. */
function curvesOf(svg: string): string[] {
  return [...svg.matchAll(/<path [^>]*d="(M[^"]*)"[^>]*>/g)].map(([, d]) => d)
    .filter((d) => !/^M0,0/.test(d));
}

function withGap(history: EpochRecord[]): EpochRecord[] {
  return history.map((row) => row.epoch === 4 ? { ...row, valLoss: null } : row);
}

Deno.test("lossCurves() draws both losses through every epoch, with the best epoch and the last values", async () => {
  for (const epochs of [2, 40, 500]) {
    const svg = await lossCurves(madeUpHistory(epochs), 1);
    const curves = curvesOf(svg);
    assertEquals(curves.map((d) => d.match(/[ML]/g)!.length), [epochs, epochs]);
    assertStringIncludes(svg, "best: epoch 1");
    assertMatch(svg, />validation 0\.\d{3}</);
    assertMatch(svg, />training \d\.\d{3}</);
  }
  assert(!(await lossCurves(madeUpHistory(3))).includes("best:"));
});

Deno.test("lossCurves() leaves a gap where there is no loss, and shows a single epoch as dots", async () => {
  const [training, validation] = curvesOf(await lossCurves(withGap(madeUpHistory(9))));
  assertEquals([training, validation].map((d) => d.match(/M/g)!.length), [1, 2]);
  const one = await lossCurves(madeUpHistory(1), 1);
  assertEquals(one.match(/<circle/g)!.length, 2);
});

Deno.test("the charts draw no curve of what was never measured, and no history at all", async () => {
  const none = madeUpHistory(5).map((row) => ({ ...row, valDice: null, valIou: null }));
  assertEquals(curvesOf(await overlapCurves(none, 2)), []);
  assertEquals(curvesOf(await lossCurves([])), []);
});

Deno.test("charts carry no style of their own, so that a page can forbid them", async () => {
  const timings = madeUpHistory(7).map(({ epoch }) => ({
    epoch,
    trainSeconds: 3,
    valSeconds: 1,
    imagesPerSecond: 9,
  }));
  for (
    const svg of [
      await lossCurves(madeUpHistory(7), 2),
      await overlapCurves(madeUpHistory(7)),
      await learningRateCurve(madeUpHistory(7)),
      await timeBars(timings),
    ]
  ) {
    assert(!/<style| style=/.test(svg));
    assertStringIncludes(svg, "var(--");
    assert(!/var\(--|currentColor/.test(onPaper(svg)));
    assertMatch(svg, /^<svg [^>]*aria-label="[^"]+"/);
  }
});

Deno.test("equal histories give equal charts", async () => {
  const draw = () => lossCurves(madeUpHistory(12), 6);
  assertEquals(await draw(), await draw());
});

Deno.test("a very long history is drawn with fewer points, the last epoch among them", async () => {
  const history = madeUpHistory(130_001);
  const [training, validation] = curvesOf(await lossCurves(history, 7));
  for (const curve of [training, validation]) {
    const points = curve.match(/[ML][^ML]*/g)!;
    assert(points.length > 2000 && points.length <= 5001, String(points.length));
  }
  assertEquals(
    training.split("L").at(-1)!.split(",")[0],
    validation.split("L").at(-1)!.split(",")[0],
  );
  assertStringIncludes(await lossCurves(history, 7), "best: epoch 7");
  const timings = history.map(({ epoch }) => (
    { epoch, trainSeconds: 3, valSeconds: 1, imagesPerSecond: 9 }
  ));
  assert((await timeBars(timings)).match(/<rect/g)!.length <= 10_002);
});

Deno.test("figures at the limits of doubles are drawn", async () => {
  for (const extreme of [5e-324, 1e-320, 1e-300, 1e300, 1e308]) {
    for (const sign of [1, -1]) {
      const history = madeUpHistory(4).map((row) => {
        const figure = row.epoch % 2 === 0 ? extreme : sign * extreme;
        return { ...row, trainLoss: figure, valLoss: -figure, valDice: figure, valIou: figure };
      });
      assertEquals(curvesOf(await lossCurves(history)).length, 2, `${extreme}`);
      assertEquals(curvesOf(await overlapCurves(history)).length, 2, `${extreme}`);
      const rates = history.map((row) => ({ ...row, learningRate: Math.abs(row.trainLoss) }));
      assertEquals(curvesOf(await learningRateCurve(rates)).length, 1, `${extreme}`);
    }
  }
});
