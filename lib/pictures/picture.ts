/**
 * Pictures in drawings: pixels are scaled and copied into the rendered drawing. (resvg could draw them
 * too, but takes many times as long.)
 *
 * @module
 */
import { encode } from "fast-png";
import { renderPixels } from "./render.ts";

/** Pixels with 1 (grey) or 3 (RGB) bytes each, row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
  readonly channels: 1 | 3;
}

/** A rectangle of a drawing, in its pixels. */
export interface Frame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A picture and the frame that it fills. */
export interface PlacedPicture {
  readonly picture: Picture;
  readonly frame: Frame;
}

/**
 * Renders a drawing `zoom` times its own size, with pictures on top of it. Frames must lie inside the
 * drawing. Returns the bytes of a PNG file.
 */
export async function composePng(
  svg: string,
  pictures: readonly PlacedPicture[],
  zoom: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height, pixels } = await renderPixels(svg, zoom);
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    data[3 * i] = pixels[4 * i];
    data[3 * i + 1] = pixels[4 * i + 1];
    data[3 * i + 2] = pixels[4 * i + 2];
  }
  for (const { picture, frame } of pictures) {
    const left = Math.round(frame.x * zoom);
    const top = Math.round(frame.y * zoom);
    const scaled = resample(
      picture,
      Math.min(width - left, Math.round(frame.width * zoom)),
      Math.min(height - top, Math.round(frame.height * zoom)),
    );
    const { channels } = scaled;
    for (let y = 0; y < scaled.height; y++) {
      for (let x = 0; x < scaled.width; x++) {
        const from = (y * scaled.width + x) * channels;
        const to = ((top + y) * width + left + x) * 3;
        for (let c = 0; c < 3; c++) data[to + c] = scaled.pixels[from + (channels === 1 ? 0 : c)];
      }
    }
  }
  const png = encode({ width, height, data, channels: 3, depth: 8 }, { zlib: { level: 4 } });
  return new Uint8Array(png);
}

/** Scales a picture with a triangle filter: bilinear when it grows, averaging when it shrinks. */
export function resample(picture: Picture, width: number, height: number): Picture {
  const { channels } = picture;
  if (picture.pixels.length !== picture.width * picture.height * channels) {
    throw new RangeError(
      `${picture.pixels.length} bytes are no picture of ${picture.width}x${picture.height} pixels`,
    );
  }
  const columns = taps(picture.width, width);
  const rows = taps(picture.height, height);
  const wide = new Float32Array(picture.height * width * channels);
  for (let y = 0, to = 0; y < picture.height; y++) {
    for (const { first, weights } of columns) {
      for (let c = 0; c < channels; c++, to++) {
        let from = (y * picture.width + first) * channels + c;
        let sum = 0;
        for (let k = 0; k < weights.length; k++, from += channels) {
          sum += weights[k] * picture.pixels[from];
        }
        wide[to] = sum;
      }
    }
  }
  const line = width * channels;
  const pixels = new Uint8Array(height * line);
  rows.forEach(({ first, weights }, y) => {
    for (let x = 0; x < line; x++) {
      let sum = 0.5;
      for (let k = 0; k < weights.length; k++) sum += weights[k] * wide[(first + k) * line + x];
      pixels[y * line + x] = sum;
    }
  });
  return { width, height, pixels, channels };
}

/** The largest size with the proportions of `width` x `height` that fits into a box. */
export function fitInto(
  { width, height }: { readonly width: number; readonly height: number },
  boxWidth: number,
  boxHeight: number,
): { width: number; height: number } {
  const scale = Math.min(boxWidth / width, boxHeight / height);
  return {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
}

/** For each place of a line of `to` pixels, what it takes from which of `from` pixels. */
function taps(from: number, to: number): { first: number; weights: number[] }[] {
  const scale = from / to;
  const reach = Math.max(1, scale);
  return Array.from({ length: to }, (_, place) => {
    const centre = (place + 0.5) * scale;
    const first = Math.max(0, Math.ceil(centre - reach - 0.5));
    const last = Math.min(from - 1, Math.floor(centre + reach - 0.5));
    const raw = Array.from(
      { length: last - first + 1 },
      (_, k) => Math.max(0, 1 - Math.abs(first + k + 0.5 - centre) / reach),
    );
    const sum = raw.reduce((a, b) => a + b);
    return { first, weights: raw.map((weight) => weight / sum) };
  });
}
