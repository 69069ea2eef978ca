/** Moves the pixels of an image and its mask together. Hosts kernels_as/augment.ts. @module */
import { floatBits, recordWords } from "../../core/wasm.ts";
import { withPixelMemory } from "../../image/pixel_memory.ts";
import type { AffineMap, Elastic, ImageDraw } from "./draw.ts";

/** An image and its mask, a byte for each pixel. */
export interface MaskedPixels {
  readonly width: number;
  readonly height: number;
  readonly image: Uint8Array;
  readonly mask: Uint8Array;
}

/** The map that moves nothing. */
export const IDENTITY: AffineMap = { xx: 1, xy: 0, x0: 0, yx: 0, yy: 1, y0: 0 };

/** The pixels as an affine map and an elastic displacement move them; both 0 outside. */
export function warped(
  { width, height, image, mask }: MaskedPixels,
  { affine = IDENTITY, elastic }: Pick<ImageDraw, "affine" | "elastic">,
): MaskedPixels {
  const area = width * height;
  const nodes = nodesOf(elastic?.cells ?? 0);
  const rows = elastic ? splineTable(height, elastic.cells) : [];
  const columns = elastic ? splineTable(width, elastic.cells) : [];
  const words = [
    affineWords(affine),
    Array.from(elastic?.dx ?? [], floatBits),
    Array.from(elastic?.dy ?? [], floatBits),
    rows,
    columns,
    Array<number>(2 * nodes).fill(0),
  ];
  const pixelBytes = Math.ceil(4 * area / 4) * 4;
  const tables = words.reduce((sum, { length }) => sum + length, 0) * 4;
  return withPixelMemory(pixelBytes + tables, ({ kernels, bytes, words: memory }) => {
    bytes.set(image, 0);
    bytes.set(mask, area);
    let next = pixelBytes;
    const [map, grid, , rowWeights, columnWeights, line] = words.map((part) => {
      const address = next;
      memory.set(part, address / 4);
      next += 4 * part.length;
      return address;
    });
    kernels.warp({
      image: 0,
      mask: area,
      warpedImage: 2 * area,
      warpedMask: 3 * area,
      width,
      height,
      affine: map,
      grid,
      nodes,
      rowWeights,
      columnWeights,
      line,
    });
    return {
      width,
      height,
      image: bytes.slice(2 * area, 3 * area),
      mask: bytes.slice(3 * area, 4 * area),
    };
  });
}

/** An affine map as a record Affine. */
export function affineWords({ xx, xy, x0, yx, yy, y0 }: AffineMap): number[] {
  return recordWords("Affine", {
    xx: floatBits(xx),
    xy: floatBits(xy),
    x0: floatBits(x0),
    yx: floatBits(yx),
    yy: floatBits(yy),
    y0: floatBits(y0),
  });
}

/** The nodes along a side of a grid of `cells` cells; 0 where there is no grid. */
export function nodesOf(cells: number): number {
  return cells === 0 ? 0 : cells + 3;
}

/**
 * For each pixel along a side the first of its four nodes and the weights of a cubic B-spline, as
 * records SplineWeights.
 */
export function splineTable(length: number, cells: Elastic["cells"]): number[] {
  return Array.from({ length }, (_, i) => {
    const place = (i + 0.5) / length * cells;
    const first = Math.floor(place);
    const u = place - first;
    return recordWords("SplineWeights", {
      first,
      w0: floatBits((1 - u) ** 3 / 6),
      w1: floatBits((3 * u ** 3 - 6 * u ** 2 + 4) / 6),
      w2: floatBits((-3 * u ** 3 + 3 * u ** 2 + 3 * u + 1) / 6),
      w3: floatBits(u ** 3 / 6),
    });
  }).flat();
}
