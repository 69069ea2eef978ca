/**
 * Masks as programs make them: drawn, blurred, resized, through JPEG.
 *
 * @module
 */
import type { GreyImage } from "../../lib/image/image.ts";
import { resizeGrey } from "../../lib/image/resize.ts";

/** The level of a pixel; it is rounded and cut off at 0 and 255. */
export type Paint = (x: number, y: number) => number;

/** An image of these levels. */
export function paint(width: number, height: number, level: Paint): GreyImage {
  const pixels = Uint8Array.from(
    { length: width * height },
    (_, i) => Math.round(Math.min(255, Math.max(0, level(i % width, Math.floor(i / width))))),
  );
  return { width, height, pixels };
}

/** A disc; `edge` is the width of its ramp in px. */
export const disc = (centre: number, radius: number, edge = 0): Paint => (x, y) => {
  const depth = radius - Math.hypot(x - centre, y - centre);
  return edge === 0 ? (depth > 0 ? 255 : 0) : 255 * (0.5 + depth / edge);
};

/** What JPEG makes of an image: each 8x8 block through the cosine transform and coarse steps. */
export function throughJpeg(image: GreyImage, coarseness: number): GreyImage {
  const { width, height } = image;
  const basis = Array.from({ length: 8 }, (_, frequency) =>
    Array.from(
      { length: 8 },
      (_, at) =>
        Math.cos((2 * at + 1) * frequency * Math.PI / 16) * (frequency ? 1 / 2 : Math.SQRT1_2 / 2),
    ));
  const pixels = new Uint8Array(image.pixels.length);
  for (let top = 0; top < height; top += 8) {
    for (let left = 0; left < width; left += 8) {
      const sum = (term: (i: number, j: number) => number) => {
        let total = 0;
        for (let j = 0; j < 8; j++) for (let i = 0; i < 8; i++) total += term(i, j);
        return total;
      };
      const coefficients = basis.map((_, v) =>
        basis.map((_, u) => {
          const step = coarseness * (1 + (u + v) / 2);
          const value = sum((x, y) =>
            (image.pixels[(top + y) * width + left + x] - 128) * basis[u][x] * basis[v][y]
          );
          return Math.round(value / step) * step;
        })
      );
      for (let y = 0; y < 8; y++) {
        for (let x = 0; x < 8; x++) {
          const value = 128 + sum((u, v) => coefficients[v][u] * basis[u][x] * basis[v][y]);
          pixels[(top + y) * width + left + x] = Math.min(255, Math.max(0, Math.round(value)));
        }
      }
    }
  }
  return { width, height, pixels };
}

/** What JPEG makes of a colour on black: its two planes of colour have half the size. */
export function colourThroughJpeg(
  mask: GreyImage,
  colour: readonly [red: number, green: number, blue: number],
  coarseness: number,
): Uint8Array {
  const { width, height } = mask;
  const plane = ([r, g, b]: readonly number[], offset: number) => {
    const value = r * colour[0] + g * colour[1] + b * colour[2];
    return paint(width, height, (x, y) => offset + value * mask.pixels[y * width + x] / 255);
  };
  const half = (image: GreyImage) => scaled(throughJpeg(scaled(image, 0.5), coarseness), 2).pixels;
  const luma = throughJpeg(plane([0.299, 0.587, 0.114], 0), coarseness).pixels;
  const blue = half(plane([-0.168736, -0.331264, 0.5], 128));
  const red = half(plane([0.5, -0.418688, -0.081312], 128));
  return Uint8ClampedArray.from(
    { length: 3 * width * height },
    (_, at) => {
      const i = Math.floor(at / 3), y = luma[i], cb = blue[i] - 128, cr = red[i] - 128;
      return [y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb][at % 3];
    },
  ) as unknown as Uint8Array;
}

/** An image blurred three times by a box of `2 radius + 1` px, which is nearly a Gaussian. */
export function blurred(image: GreyImage, radius: number): GreyImage {
  let result = image;
  for (let time = 0; time < 3; time++) {
    result = averaged(averaged(result, radius, 1, 0), radius, 0, 1);
  }
  return result;
}

function averaged({ width, height, pixels }: GreyImage, radius: number, dx: number, dy: number) {
  return paint(width, height, (x, y) => {
    let [sum, count] = [0, 0];
    for (let k = -radius; k <= radius; k++) {
      const [u, v] = [x + k * dx, y + k * dy];
      if (u < 0 || v < 0 || u >= width || v >= height) continue;
      sum += pixels[v * width + u];
      count++;
    }
    return sum / count;
  });
}

/** An image at another size, `factor` times as large. */
export function scaled(image: GreyImage, factor: number): GreyImage {
  const side = (length: number) => Math.max(1, Math.round(length * factor));
  return resizeGrey(image, side(image.width), side(image.height));
}
