import { assert, assertAlmostEquals } from "@std/assert";
import { RandomStream } from "../../../lib/core/random.ts";
import { amplitudeOf, scan } from "../../../lib/dataset/phantoms/speckle.ts";

const SIDE = 160;
const SCANNER = {
  axialWidth: 0.8,
  lateralWidth: [2, 2],
  black: -60,
  dynamicRange: 60,
  noise: -200,
} as const;

/** The picture of even tissue: levels in dB, averaged over speckle. */
function scanEven(echogenicity: number, gain = 0, scanner: Parameters<typeof scan>[1] = SCANNER) {
  const count = SIDE * SIDE;
  return scan(
    {
      width: SIDE,
      height: SIDE,
      echogenicity: new Float32Array(count).fill(echogenicity),
      reflection: new Float32Array(count),
      gain: new Float32Array(count).fill(gain),
    },
    scanner,
    new RandomStream(3, "speckle test"),
  );
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((a, b) => a + b) / values.length;
}

/** How alike neighbours are that lie `step` apart in memory, from -1 to 1. */
function correlation(pixels: Uint8Array, step: number): number {
  const average = mean(pixels);
  let both = 0, own = 0;
  for (let i = 0; i + step < pixels.length; i++) {
    both += (pixels[i] - average) * (pixels[i + step] - average);
    own += (pixels[i] - average) ** 2;
  }
  return both / own;
}

Deno.test("scan() shows a level in dB as a difference in grey", () => {
  const greyPerDecibel = 255 / 60;
  const reference = mean(scanEven(-20));
  assertAlmostEquals(reference - mean(scanEven(-30)), 10 * greyPerDecibel, 0.5);
  assertAlmostEquals(reference - mean(scanEven(-20, -10)), 10 * greyPerDecibel, 0.5);
});

Deno.test("scan() gives speckle whose size is the point-spread function's: wide, not tall", () => {
  const pixels = scanEven(-25);
  assert(correlation(pixels, 2) > 0.4);
  assert(correlation(pixels, 2 * SIDE) < 0.25);
});

Deno.test("scan() widens the speckle with depth", () => {
  const pixels = scanEven(-25, 0, { ...SCANNER, lateralWidth: [1, 4] });
  const quarter = SIDE * SIDE / 4;
  const top = correlation(pixels.subarray(0, quarter), 3);
  const bottom = correlation(pixels.subarray(3 * quarter), 3);
  assert(bottom > top + 0.3, `${top} at the top, ${bottom} at the bottom`);
});

Deno.test("scan() gives the spread of two averaged Rayleigh amplitudes", () => {
  // One Rayleigh amplitude has a deviation of 5.57 dB; the mean of two has 3.54 dB.
  const pixels = scanEven(-25);
  const average = mean(pixels);
  const deviation = Math.sqrt(mean(Array.from(pixels, (value) => (value - average) ** 2)));
  assertAlmostEquals(deviation / (255 / 60), 3.54, 0.15);
});

Deno.test("amplitudeOf() is 1 at 0 dB and a tenth at -20 dB", () => {
  assertAlmostEquals(amplitudeOf(0), 1, 1e-12);
  assertAlmostEquals(amplitudeOf(-20), 0.1, 1e-12);
});
