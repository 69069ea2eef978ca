/**
 * Places pictures in drawings: pixels are scaled and copied into the rendered drawing. resvg could
 * draw them too, but takes many times as long.
 *
 * @module
 */
import { resizeGrey } from "../image/resize.ts";
import { encodeColours } from "./png.ts";
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
 * Puts pictures on paper and lays a drawing over them, `zoom` times its own size. Frames must lie
 * inside the drawing, which has no background ({@linkcode layer}). Returns the bytes of a PNG file.
 */
export async function composePng(
  svg: string,
  pictures: readonly PlacedPicture[],
  zoom: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height, pixels } = await renderPixels(svg, zoom);
  const data = new Uint8Array(width * height * 3).fill(255);
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
  for (let i = 0, to = 0; i < pixels.length; i += 4, to += 3) {
    const opacity = pixels[i + 3];
    if (opacity === 0) continue;
    // The renderer has multiplied the colours by the opacity.
    const rest = (255 - opacity) / 255;
    for (let c = 0; c < 3; c++) data[to + c] = Math.round(pixels[i + c] + rest * data[to + c]);
  }
  return await encodeColours(data, width, height, 3);
}

/** Scales a picture with a triangle filter: bilinear when it grows, averaging when it shrinks. */
export function resample(picture: Picture, width: number, height: number): Picture {
  const { channels } = picture;
  const area = picture.width * picture.height;
  if (picture.pixels.length !== area * channels) {
    throw new RangeError(
      `${picture.pixels.length} bytes are no picture of ${picture.width}x${picture.height} pixels`,
    );
  }
  const pixels = new Uint8Array(width * height * channels);
  const plane = { width: picture.width, height: picture.height, pixels: new Uint8Array(area) };
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < area; i++) plane.pixels[i] = picture.pixels[i * channels + c];
    const scaled = resizeGrey(plane, width, height).pixels;
    for (let i = 0; i < scaled.length; i++) pixels[i * channels + c] = scaled[i];
  }
  return { width, height, pixels, channels };
}

/** The largest size with the aspect ratio of `width` x `height` that fits into a box. */
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

/** The size of a picture whose sides are `side` px at most; a smaller one keeps its own. */
export function shrunkInto(
  { width, height }: { readonly width: number; readonly height: number },
  side: number,
): { width: number; height: number } {
  const longest = Math.min(side, Math.max(width, height));
  return fitInto({ width, height }, longest, longest);
}
