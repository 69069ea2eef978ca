/**
 * The simplest segmentation of a dark lesion: smooth, threshold by Otsu's method, keep the largest
 * part. Phantoms on which this succeeds would be too easy to test a network.
 *
 * @module
 */
import { connectedComponents } from "../../lib/image/components.ts";
import type { GreyImage } from "../../lib/image/image.ts";

/** The largest dark component of an image as a mask, 0 or 255. */
export function otsuMask(image: GreyImage, smoothing = 2): Uint8Array {
  const smooth = blur(image, smoothing);
  const threshold = otsuThreshold(smooth);
  const dark = smooth.map((value) => value <= threshold ? 255 : 0);
  const { labels, areas } = connectedComponents({ ...image, pixels: dark });
  const largest = 1 + areas.indexOf(Math.max(...areas));
  return dark.map((_, i) => labels[i] === largest ? 255 : 0);
}

/**
 * The grey level that splits the histogram into two classes with the greatest variance between
 * them.
 */
export function otsuThreshold(pixels: Uint8Array): number {
  const histogram = new Array<number>(256).fill(0);
  for (const value of pixels) histogram[value]++;
  const total = histogram.reduce((sum, count, value) => sum + count * value, 0);
  let below = 0, sumBelow = 0, best = -1, threshold = 0;
  for (let level = 0; level < 256; level++) {
    below += histogram[level];
    sumBelow += level * histogram[level];
    const above = pixels.length - below;
    if (below === 0 || above === 0) continue;
    const distance = sumBelow / below - (total - sumBelow) / above;
    const variance = below * above * distance * distance;
    if (variance > best) {
      best = variance;
      threshold = level;
    }
  }
  return threshold;
}

/** The Dice coefficient of two masks: 2 |A and B| / (|A| + |B|). */
export function diceOf(a: Uint8Array, b: Uint8Array): number {
  let both = 0, sum = 0;
  for (let i = 0; i < a.length; i++) {
    if (a[i] && b[i]) both++;
    sum += (a[i] ? 1 : 0) + (b[i] ? 1 : 0);
  }
  return sum === 0 ? 1 : 2 * both / sum;
}

/** Convolves with a Gaussian, cut at three standard deviations; border pixels are repeated. */
function blur({ width, height, pixels }: GreyImage, deviation: number): Uint8Array {
  const reach = Math.ceil(3 * deviation);
  const offsets = Array.from({ length: 2 * reach + 1 }, (_, k) => k - reach);
  const raw = offsets.map((k) => Math.exp(-0.5 * (k / deviation) ** 2));
  const sum = raw.reduce((a, b) => a + b);
  const weights = raw.map((weight) => weight / sum);
  const rows = new Float32Array(pixels.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      rows[y * width + x] = offsets.reduce((value, k, n) => {
        const column = Math.min(width - 1, Math.max(0, x + k));
        return value + weights[n] * pixels[y * width + column];
      }, 0);
    }
  }
  return Uint8Array.from(pixels, (_, i) => {
    const x = i % width;
    const y = (i - x) / width;
    return Math.round(offsets.reduce((value, k, n) => {
      const row = Math.min(height - 1, Math.max(0, y + k));
      return value + weights[n] * rows[row * width + x];
    }, 0));
  });
}
