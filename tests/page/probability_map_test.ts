import { assert, assertEquals } from "@std/assert";
import { mapBytes } from "../../lib/page/probability_map.ts";
import { madeUpPrediction } from "../support/made_up_predictions.ts";

Deno.test("mapBytes() is above the threshold exactly where the mask is", () => {
  for (const threshold of [0.001, 0.29, 0.5, 0.731, 0.999]) {
    const { mask, probability } = madeUpPrediction(0, 40, 30, threshold);
    const { pixels } = mapBytes({ ...mask, probability, mask }, threshold, mask);
    const highestBelow = Math.floor(100 * threshold + 1e-9);
    assertEquals(
      pixels.map((value) => value > highestBelow ? 255 : 0),
      Uint8Array.from(mask.pixels),
      String(threshold),
    );
  }
});

Deno.test("mapBytes() is above each other hundredth where the mask at that threshold is", () => {
  const at = (threshold: number) => madeUpPrediction(0, 40, 30, threshold);
  const { mask, probability } = at(0.5);
  const { pixels } = mapBytes({ ...mask, probability, mask }, 0.5, mask);
  for (const hundredths of [1, 29, 49, 51, 99]) {
    const other = at(hundredths / 100).mask.pixels;
    assertEquals(pixels.map((value) => value > hundredths ? 255 : 0), Uint8Array.from(other));
  }
});

Deno.test("mapBytes() decides by the mask where 16 bits lie right on the threshold", () => {
  const size = { width: 2, height: 1 };
  const probability = Uint16Array.of(32768, 32768);
  const mask = { ...size, pixels: Uint8Array.of(255, 0) };
  assertEquals([...mapBytes({ ...size, probability, mask }, 0.5, size).pixels], [51, 50]);
});

Deno.test("mapBytes() keeps what was left out of the mask for being small", () => {
  const all = madeUpPrediction(1, 60, 60, 0.5);
  const { mask, probability } = madeUpPrediction(1, 60, 60, 0.5, { keepLargest: true });
  const count = (pixels: Uint8Array, above: number) =>
    pixels.reduce((sum, value) => sum + (value > above ? 1 : 0), 0);
  assert(count(mask.pixels, 0) < count(all.mask.pixels, 0), "nothing was left out");
  const { pixels } = mapBytes({ ...mask, probability, mask }, 0.5, mask);
  assertEquals(count(pixels, 50), count(all.mask.pixels, 0));
});

Deno.test("mapBytes() at a smaller size covers the share that the mask covers", () => {
  const { mask, probability } = madeUpPrediction(2, 120, 90, 0.5);
  const small = mapBytes({ ...mask, probability, mask }, 0.5, { width: 60, height: 45 });
  const share = (pixels: Uint8Array, above: number) =>
    pixels.reduce((sum, value) => sum + (value > above ? 1 : 0), 0) / pixels.length;
  assertEquals(small.pixels.length, 60 * 45);
  assert(Math.abs(share(small.pixels, 50) - share(mask.pixels, 0)) < 0.01);
});
