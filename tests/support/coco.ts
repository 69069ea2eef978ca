/**
 * Decodes COCO segmentations pixel by pixel, independently of lib.
 *
 * @module
 */

/** Polygons `[x, y, x, y, ...]`, or compressed run lengths. */
export type Segmentation = number[][] | { size: [number, number]; counts: string };

/** The parts of a COCO file that the tests check. */
export interface CocoFile {
  readonly categories: readonly unknown[];
  readonly images: readonly unknown[];
  readonly annotations: readonly {
    readonly id: number;
    readonly image_id: number;
    readonly category_id: number;
    readonly iscrowd: number;
    readonly area: number;
    readonly bbox: readonly number[];
    readonly score: number;
    readonly segmentation: Segmentation;
  }[];
}

/** The mask `[height, width]` of a segmentation. */
export function decodeSegmentation(found: Segmentation, width: number, height: number): Uint8Array {
  const mask = new Uint8Array(width * height);
  if (Array.isArray(found)) {
    // The union of the polygons. A pixel is inside a polygon if its centre is.
    for (let index = 0; index < mask.length; index++) {
      const [x, y] = [index % width + 0.5, Math.floor(index / width) + 0.5];
      if (found.some((polygon) => isInside(polygon, x, y))) mask[index] = 1;
    }
    return mask;
  }
  if (found.size.join() !== `${height},${width}`) throw new Error(`size ${found.size}`);
  let at = 0;
  decodeCocoRle(found.counts).forEach((length, run) => {
    for (const end = at + length; at < end; at++) {
      mask[(at % height) * width + Math.floor(at / height)] = run % 2;
    }
  });
  if (at !== mask.length) throw new Error(`${at} pixels of ${mask.length}`);
  return mask;
}

/** Whether a point is inside a polygon: counts the sides to the right of the point. */
function isInside(polygon: readonly number[], x: number, y: number): boolean {
  let inside = false;
  for (let k = 0; k < polygon.length; k += 2) {
    const [x1, y1] = [polygon[k], polygon[k + 1]];
    const [x2, y2] = [polygon[(k + 2) % polygon.length], polygon[(k + 3) % polygon.length]];
    if ((y1 > y) !== (y2 > y) && x < x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)) inside = !inside;
  }
  return inside;
}

/** The run lengths in a compressed text. */
export function decodeCocoRle(text: string): number[] {
  const counts: number[] = [];
  const letters = [...text].map((letter) => letter.charCodeAt(0) - 48);
  while (letters.length > 0) {
    let value = 0;
    let weight = 1;
    for (;;) {
      const letter = letters.shift();
      if (letter === undefined || letter < 0 || letter > 63) throw new Error(`broken: ${text}`);
      value += (letter % 32) * weight;
      weight *= 32;
      if (letter >= 32) continue;
      if (letter >= 16) value -= weight;
      break;
    }
    counts.push(counts.length > 2 ? value + counts[counts.length - 2] : value);
  }
  return counts;
}

/**
 * The mask of run lengths, `[height, width]`: 1 inside. Throws `RangeError` unless the runs fill it
 * exactly.
 */
export function maskOfRuns(counts: readonly number[], width: number, height: number): Uint8Array {
  const mask = new Uint8Array(width * height);
  let at = 0;
  counts.forEach((length, index) => {
    if (!Number.isInteger(length) || length < 0 || at + length > mask.length) {
      throw new RangeError(`runs of ${counts.length} lengths do not fit ${width}x${height} pixels`);
    }
    const end = at + length;
    if (index % 2 === 0) at = end;
    for (; at < end; at++) mask[(at % height) * width + Math.floor(at / height)] = 1;
  });
  if (at !== mask.length) {
    throw new RangeError(`runs over ${at} pixels do not fill ${width}x${height} pixels`);
  }
  return mask;
}
