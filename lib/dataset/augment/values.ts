/**
 * Changes the grey values of an image. Hosts kernels_as/grey_values.ts and blur.ts.
 *
 * @module
 */
import { fnv1a, seedWords } from "../../core/random.ts";
import type { DrawKey, ImageDraw, Shadow } from "./draw.ts";
import type { KernelCalls } from "./kernel_calls.ts";
import { NORMAL_QUANTILES } from "./normal_quantiles.ts";

/** Adds the changes of an image's values in place to the calls. */
export function callValues(
  calls: KernelCalls,
  width: number,
  height: number,
  pixels: number,
  draw: ImageDraw,
  key: DrawKey,
): void {
  const { speckle = 0, noise = 0 } = draw;
  // The mean for the contrast is that of the image before its blur.
  const table = changesGrey(draw) ? callTable(calls, width * height, pixels, draw) : undefined;
  if (draw.blur !== undefined) callBlur(calls, width, height, pixels, draw.blur);
  if (table !== undefined) {
    calls.call("changeValues", {
      pixels,
      width,
      height,
      table,
      lights: calls.put(rowLights(width, height, draw)),
      narrowness: narrownessOf(width, draw.shadow),
      speckle,
      noise: 255 * noise,
      normals: speckle > 0 || noise > 0 ? calls.put(NORMAL_QUANTILES) : 0,
      ...noiseKey(key),
      line: calls.scratch("line", 4 * (width + 16)),
      random: calls.scratch("random", 2 * (width + 16)),
    });
  }
  if (draw.cutout) {
    const { left, top, side } = draw.cutout;
    const [x, y] = [Math.max(0, left), Math.max(0, top)];
    const bytes = Math.max(0, Math.min(width, left + side) - x);
    const rows = Math.max(0, Math.min(height, top + side) - y);
    calls.call("clearBox", { pixels, rowBytes: width, left: x, top: y, bytes, rows });
  }
}

const GREY_CHANGES = [
  "gamma",
  "contrast",
  "brightness",
  "gain",
  "shadow",
  "speckle",
  "noise",
] as const satisfies readonly (keyof ImageDraw)[];

function changesGrey(draw: ImageDraw): boolean {
  return GREY_CHANGES.some((name) => draw[name] !== undefined);
}

/** Adds the table of gamma, contrast and brightness; returns its address. */
function callTable(
  calls: KernelCalls,
  count: number,
  pixels: number,
  { gamma, contrast = 1, brightness = 0 }: ImageDraw,
): number {
  const table = calls.scratch("table", 4 * 256);
  calls.call("greyTable", {
    pixels,
    count,
    powers: calls.put(powersOf(gamma)),
    contrast,
    brightness,
    counts: calls.scratch("counts", 4 * 4 * 256),
    table,
  });
  return table;
}

/** (byte / 255)^gamma for each byte. */
export function powersOf(gamma = 1): Float64Array {
  return Float64Array.from({ length: 256 }, (_, value) => (value / 255) ** gamma);
}

function callBlur(
  calls: KernelCalls,
  width: number,
  height: number,
  pixels: number,
  sigma: number,
): void {
  const weights = gaussian(sigma);
  if (weights.length === 1) return;
  const radius = (weights.length - 1) / 2;
  calls.call("blur", {
    pixels,
    width,
    height,
    weights: calls.put(weights),
    radius,
    line: calls.scratch("blurred line", width + 2 * radius + 8),
    rows: calls.scratch("blurred rows", height * (width + 8)),
  });
}

/** The depth over which a shadow begins, as a share of the image's height. */
const SHADOW_RISE = 0.1;

/** Of each row: the gain; the shadow's middle, px; the share of the light that it takes there. */
export function rowLights(
  width: number,
  height: number,
  { gain, shadow }: ImageDraw,
): Float32Array {
  const [top, bottom] = gain ?? [0, 0];
  const lights = new Float32Array(3 * height);
  for (let y = 0; y < height; y++) {
    const depth = height === 1 ? 0 : y / (height - 1);
    lights[y] = Math.exp(top + (bottom - top) * depth);
    if (shadow === undefined) continue;
    lights[height + y] = (shadow.x + shadow.lean * depth) * width;
    lights[2 * height + y] = darknessAt(depth, shadow);
  }
  return lights;
}

/** 1 over half the width of a shadow, 1/px. */
export function narrownessOf(width: number, shadow: Shadow | undefined): number {
  return shadow ? 2 / (shadow.width * width) : 0;
}

function darknessAt(depth: number, { y, strength }: Shadow): number {
  return strength * Math.min(1, Math.max(0, (depth - y) / SHADOW_RISE));
}

/** The key and the counter of an image's noise; the counter's first word counts blocks. */
export function noiseKey({ seed, epoch, index }: DrawKey) {
  const [key0, key1] = seedWords(seed);
  return { key0, key1, counter1: index, counter2: epoch, counter3: fnv1a("augment pixels") };
}

/**
 * Weights of a Gaussian in units of 1/65536, up to three sigma; they add up to 65536. A sigma so
 * small that only the middle weighs gives that alone.
 */
export function gaussian(sigma: number): Int32Array {
  const radius = Math.ceil(3 * sigma);
  const heights = Float64Array.from(
    { length: 2 * radius + 1 },
    (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2 || 1)),
  );
  const sum = heights.reduce((a, b) => a + b);
  const weights = Int32Array.from(heights, (height) => Math.round(65536 * height / sum));
  weights[radius] += 65536 - weights.reduce((a, b) => a + b);
  return weights[radius] === 65536 ? Int32Array.of(65536) : weights;
}
