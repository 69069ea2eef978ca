import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { niceTicks, tickLabel } from "../../lib/report/ticks.ts";

const intervals = fc.record({
  start: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  length: fc.double({ min: -6, max: 6, noNaN: true }).map((exponent) => 10 ** exponent),
  most: fc.integer({ min: 2, max: 12 }),
});

Deno.test("niceTicks() marks every multiple of a nice step inside the interval", () => {
  fc.assert(fc.property(intervals, ({ start, length, most }) => {
    const low = start * length;
    const high = low + length;
    const { values, step } = niceTicks(low, high, most);
    assert(values.length >= 1 && values.length <= most);
    const mantissa = step / 10 ** Math.floor(Math.log10(step) + 1e-9);
    assert([1, 2, 5].some((nice) => Math.abs(mantissa - nice) < 1e-9), `step ${step}`);
    const slack = 1e-6 * step;
    for (const [k, value] of values.entries()) {
      assert(value >= low - slack && value <= high + slack);
      if (k > 0) assert(Math.abs(value - values[k - 1] - step) < slack + 1e-9 * Math.abs(value));
    }
    // None is missing at either end.
    assert(values[0] - step < low + slack);
    assert(values[values.length - 1] + step > high - slack);
  }));
});

Deno.test("niceTicks() gives whole numbers where they are asked for", () => {
  const ranges = fc.tuple(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 1, max: 600 }));
  fc.assert(fc.property(ranges, ([low, length]) => {
    const { values, decimals } = niceTicks(low, low + length, 10, true);
    assert(values.every(Number.isInteger));
    assertEquals(decimals, 0);
  }));
  assertEquals(niceTicks(0.5, 1.5, 10, true).values, [1]);
});

Deno.test("niceTicks() gives the nearest doubles, so that labels are short", () => {
  const ticks = niceTicks(0, 0.7, 8);
  assertEquals(ticks.values, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]);
  assertEquals(ticks.values.map((value) => tickLabel(value, ticks)).slice(0, 3), [
    "0.0",
    "0.1",
    "0.2",
  ]);
});

Deno.test("niceTicks() refuses an interval that is empty or endless", () => {
  for (const [low, high] of [[1, 1], [2, 1], [0, Infinity], [NaN, 1], [1e9, 1e9 + 1e-6]]) {
    assertThrows(() => niceTicks(low, high, 5), RangeError);
  }
});
