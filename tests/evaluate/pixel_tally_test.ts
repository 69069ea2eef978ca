import { assertEquals } from "@std/assert";
import { BINS, overlapAt, tallyPixels } from "../../lib/evaluate/pixel_tally.ts";

Deno.test("probabilities of 0 and 1 lie in the first bin and in the last", () => {
  const tally = tallyPixels(Float32Array.of(-200, 200, 200), Uint8Array.of(0, 255, 0));
  const bins = [...tally.binPixels.keys()].filter((bin) => tally.binPixels[bin] > 0);
  assertEquals(bins, [0, BINS - 1]);
  assertEquals([tally.binPixels[BINS - 1], tally.binProbability[BINS - 1]], [2, 2]);
  assertEquals([tally.binTruth[0], tally.binTruth[BINS - 1], tally.squares], [0, 1, 1]);
});

Deno.test("a pixel of just the threshold's probability is not predicted", () => {
  const tally = tallyPixels(Float32Array.of(-1, 0, 1), Uint8Array.of(1, 1, 1), [0.5]);
  assertEquals(overlapAt(tally, 0), { truth: 3, predicted: 1, intersection: 1 });
});
