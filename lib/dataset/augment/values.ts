/** Changes the grey values of an image. Hosts kernels_as/augment.ts. @module */
import { fnv1a } from "../../core/random.ts";
import { floatBits, recordWords } from "../../core/wasm.ts";
import { withPixelMemory } from "../../image/pixel_memory.ts";
import type { DrawKey, ImageDraw, Shadow } from "./draw.ts";
import { NORMAL_QUANTILES } from "./normal_quantiles.ts";

/** A grey image, a byte for each pixel. */
export interface GreyPixels {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** The image after all changes of its values; a new array. */
export function revalued(image: GreyPixels, draw: ImageDraw, key: DrawKey): Uint8Array {
  const { width, height } = image;
  const area = Math.ceil(image.pixels.length / 4) * 4;
  const blurWords = blurWeights(draw.blur);
  const words = [
    Array.from(greyTable(image.pixels, draw), floatBits),
    rowLights(height, width, draw),
    Array.from(NORMAL_QUANTILES, floatBits),
    noiseKey(key),
    blurWords,
    Array<number>(Math.ceil(Math.max(width, height) / 4)).fill(0),
  ];
  const tables = words.reduce((sum, { length }) => sum + length, 0) * 4;
  const pixels = withPixelMemory(area + tables, ({ kernels, bytes, words: memory }) => {
    bytes.set(image.pixels, 0);
    let next = area;
    const [table, lights, normals, noiseKey, weights, line] = words.map((part) => {
      const address = next;
      memory.set(part, address / 4);
      next += 4 * part.length;
      return address;
    });
    const shared = { pixels: 0, width, height };
    if (blurWords.length > 1) {
      kernels.blur({ ...shared, weights, radius: (blurWords.length - 1) / 2, line });
    }
    const { speckle = 0, noise = 0 } = draw;
    const scatter = { speckle, noise: 255 * noise, normals, noiseKey };
    kernels.changeValues({ ...shared, table, lights, ...scatter });
    return bytes.slice(0, image.pixels.length);
  });
  if (draw.cutout) cutOut(pixels, width, height, draw.cutout);
  return pixels;
}

/** (byte / 255)^gamma for each byte. */
export function powersOf(gamma = 1): Float64Array {
  return Float64Array.from({ length: 256 }, (_, value) => (value / 255) ** gamma);
}

/** The grey value 0 to 255 that takes the place of each byte: gamma, contrast, brightness. */
function greyTable(
  pixels: Uint8Array,
  { gamma, contrast = 1, brightness = 0 }: ImageDraw,
): Float32Array {
  const powers = powersOf(gamma);
  let mean = 0;
  if (contrast !== 1) {
    const counts = new Uint32Array(256);
    for (const value of pixels) counts[value]++;
    mean = powers.reduce((sum, power, value) => sum + power * counts[value], 0) / pixels.length;
  }
  return Float32Array.from(powers, (power) => {
    const value = (power - mean) * contrast + mean + brightness;
    return 255 * Math.min(1, Math.max(0, value));
  });
}

/** What each row goes through, as records RowLight. */
export function rowLights(height: number, width: number, { gain, shadow }: ImageDraw): number[] {
  const [top, bottom] = gain ?? [0, 0];
  return Array.from({ length: height }, (_, y) => {
    const depth = height === 1 ? 0 : y / (height - 1);
    return recordWords("RowLight", {
      gain: floatBits(Math.exp(top + (bottom - top) * depth)),
      ...shade(depth, width, shadow),
    });
  }).flat();
}

/** The depth over which a shadow begins, as a share of the image's height. */
const SHADOW_RISE = 0.1;

function shade(depth: number, width: number, shadow: Shadow | undefined) {
  if (!shadow) return { centre: 0, narrowness: 0, darkness: 0 };
  const { x, y, lean, strength } = shadow;
  const below = Math.min(1, Math.max(0, (depth - y) / SHADOW_RISE));
  return {
    centre: floatBits((x + lean * depth) * width),
    narrowness: floatBits(2 / (shadow.width * width)),
    darkness: floatBits(strength * below),
  };
}

/** Key and counter of the noise of an image, as a record NoiseKey. */
export function noiseKey({ seed, epoch, index }: DrawKey): number[] {
  return recordWords("NoiseKey", {
    key0: seed % 2 ** 32 | 0,
    key1: Math.floor(seed / 2 ** 32) | 0,
    counter1: index | 0,
    counter2: epoch | 0,
    counter3: fnv1a("augment pixels") | 0,
  });
}

/** Weights of a Gaussian in units of 1/65536, up to three sigma; they add up to 65536. */
export function blurWeights(sigma = 0): number[] {
  const radius = Math.ceil(3 * sigma);
  const heights = Array.from(
    { length: 2 * radius + 1 },
    (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2 || 1)),
  );
  const sum = heights.reduce((a, b) => a + b);
  const weights = heights.map((height) => Math.round(65536 * height / sum));
  weights[radius] += 65536 - weights.reduce((a, b) => a + b);
  return weights;
}

function cutOut(
  pixels: Uint8Array,
  width: number,
  height: number,
  { left, top, side }: NonNullable<ImageDraw["cutout"]>,
): void {
  const [from, to] = [Math.max(0, left), Math.min(width, left + side)];
  for (let y = Math.max(0, top); y < Math.min(height, top + side); y++) {
    pixels.fill(0, y * width + from, y * width + Math.max(from, to));
  }
}
