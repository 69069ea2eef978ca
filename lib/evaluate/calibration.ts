/**
 * Calibration: of the pixels with probability 0.8, are 80 % lesion?
 *
 * The expected calibration error (Naeini, Cooper and Hauskrecht, AAAI 2015; for pixels as in
 * Mehrtash et al., IEEE TMI 2020) is the distance in a bin between the mean probability and the
 * share of lesion pixels, averaged over all pixels. Most pixels are background with a probability
 * near 0, so the error is small for every model: compare it between models on the same images, and
 * look at the bins.
 *
 * @module
 */
import { BINS, type PixelTally } from "./pixel_tally.ts";
import type { Calibration, ReliabilityBin } from "./results.ts";

/** The reliability over all pixels of some images; figures are `null` without pixels. */
export function calibrate(tallies: readonly PixelTally[]): Calibration {
  const pixels = sumOver(tallies, (tally) => tally.pixels);
  const bins = Array.from({ length: BINS }, (_, k) => binOf(tallies, k));
  if (pixels === 0) return { ece: null, brier: null, bins };
  const ece = bins.reduce((sum, bin) => {
    if (bin.pixels === 0) return sum;
    return sum + bin.pixels / pixels * Math.abs(bin.mean_probability! - bin.lesion_share!);
  }, 0);
  return { ece, brier: sumOver(tallies, (tally) => tally.squares) / pixels, bins };
}

function binOf(tallies: readonly PixelTally[], k: number): ReliabilityBin {
  const pixels = sumOver(tallies, ({ binPixels }) => binPixels[k]);
  const share = (sum: number) => pixels === 0 ? null : sum / pixels;
  return {
    from: k / BINS,
    to: (k + 1) / BINS,
    pixels,
    mean_probability: share(sumOver(tallies, ({ binProbability }) => binProbability[k])),
    lesion_share: share(sumOver(tallies, ({ binTruth }) => binTruth[k])),
  };
}

function sumOver(tallies: readonly PixelTally[], value: (tally: PixelTally) => number): number {
  return tallies.reduce((sum, tally) => sum + value(tally), 0);
}
