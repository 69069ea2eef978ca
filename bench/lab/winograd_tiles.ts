/**
 * Hosts kernels/winograd_tiles.ts, the transforms of Winograd's tiles before and after the
 * products. Shapes are BLOCKSxDOWNxACROSS: blocks of eight channels of a window of DOWN x ACROSS
 * tiles.
 *
 * @module
 */
import { RandomStream } from "../../lib/core/random.ts";
import { DATA, type Experiment, type Trial } from "./experiment.ts";

type Matrix = readonly (readonly number[])[];

/** The finite interpolation points; infinity is the last row. */
const POINTS = [0, 2 / 3, -2 / 3, 3 / 2, -3 / 2];

/** A [6][4]: the powers of each point. */
const A: Matrix = [
  ...POINTS.map((point) => [0, 1, 2, 3].map((power) => point ** power)),
  [0, 0, 0, 1],
];

/** B' [6][6]: row by row the coefficients of the product of (x - p) over all other points. */
const B_TRANSPOSED: Matrix = [...POINTS, Infinity].map((own) => {
  const product = POINTS.filter((point) => point !== own).reduce(
    (polynomial, point) =>
      [...polynomial, 0].map((_, i) => (polynomial[i - 1] ?? 0) - point * (polynomial[i] ?? 0)),
    [1],
  );
  return Array.from({ length: 6 }, (_, power) => product[power] ?? 0);
});

/** A transform of a tile: matrix tile matrix'. */
interface Transform {
  readonly variants: readonly string[];
  readonly matrix: Matrix;
  /** Pixels of the window around the tiles. */
  readonly halo: number;
  /** Whether the window is read and the elements are written. */
  readonly reads: "window" | "elements";
}

const SHAPES = [
  [2, 12, 12],
  [8, 6, 6],
  [16, 4, 6],
  [32, 4, 6],
] as const;

const LANES = 8;
const PIXEL_BYTES = 32;
const TEMPORARY_BYTES = 576;

/** Addresses in bytes. Elements are an odd number of cache lines apart. */
function placesOf(halo: number, [blocks, down, across]: readonly number[]) {
  const row = 4 * across + halo;
  const rows = 4 * down + halo;
  const stride = (Math.ceil(blocks * down * across * PIXEL_BYTES / 64) | 1) * 64;
  const window = DATA + TEMPORARY_BYTES;
  const elements = window + (Math.ceil(rows * row * PIXEL_BYTES / 64) | 1) * 64;
  return { row, rows, stride, window, elements, end: elements + 36 * stride };
}

function experimentOf({ variants, matrix, halo, reads }: Transform): Experiment {
  const [outSide, inSide] = [matrix.length, matrix[0].length];

  function prepare(_: string, shape: readonly number[], memory: ArrayBufferLike): Trial {
    const [blocks, down, across] = shape;
    const { row, rows, stride, window, elements, end } = placesOf(halo, shape);
    const floats = new Float32Array(memory);
    floats.fill(0, DATA / 4, end / 4);
    const random = new RandomStream(blocks * 1000 + down, "lab");
    const [first, bytes] = reads === "window"
      ? [window, rows * row * PIXEL_BYTES]
      : [elements, 36 * stride];
    for (let i = first / 4; i < (first + bytes) / 4; i++) floats[i] = 2 * random.uniform() - 1;

    const pixelAt = (ty: number, tx: number, y: number, x: number) =>
      window / 4 + ((4 * ty + y) * row + 4 * tx + x) * LANES;
    const elementAt = (block: number, ty: number, tx: number, f: number) =>
      (elements + f * stride) / 4 + ((block * down + ty) * across + tx) * LANES;

    /** The largest error of one lane of one tile. */
    function errorOf(block: number, ty: number, tx: number, lane: number): number {
      const isIn = reads === "window";
      const pixel = (y: number, x: number) => floats[pixelAt(ty, tx, y, x) + lane];
      const element = (y: number, x: number) => floats[elementAt(block, ty, tx, 6 * y + x) + lane];
      const [given, got] = isIn ? [pixel, element] : [element, pixel];
      let worst = 0;
      for (let y = 0; y < outSide; y++) {
        for (let x = 0; x < outSide; x++) {
          let [sum, mass] = [0, 0];
          for (let i = 0; i < inSide; i++) {
            for (let j = 0; j < inSide; j++) {
              const product = matrix[y][i] * given(i, j) * matrix[x][j];
              sum += product;
              mass += Math.abs(product);
            }
          }
          worst = Math.max(worst, Math.abs(got(y, x) - sum) / (2 ** -24 * mass));
        }
      }
      return worst;
    }

    return {
      work: blocks * down * across * (outSide ** 2 + inSide ** 2) * PIXEL_BYTES,
      call: (kernel) => kernel(window, elements, stride, down, across, blocks, DATA),
      allowedError: inSide ** 2,
      worstError: () => {
        let worst = 0;
        // All blocks are written to the same window, which then holds the last one.
        for (let block = reads === "window" ? 0 : blocks - 1; block < blocks; block++) {
          for (let ty = 0; ty < down; ty++) {
            for (let tx = 0; tx < across; tx++) {
              for (const lane of [0, 3, 4, 7]) {
                worst = Math.max(worst, errorOf(block, ty, tx, lane));
              }
            }
          }
        }
        return worst;
      },
    };
  }

  return {
    file: "winograd_tiles.ts",
    variants,
    peak: "copies",
    shapes: new Map(SHAPES.map((shape) => [shape.join("x"), shape])),
    bytes: Math.max(...SHAPES.map((shape) => placesOf(halo, shape).end)),
    prepare,
  };
}

function transposed(matrix: Matrix): Matrix {
  return matrix[0].map((_, column) => matrix.map((row) => row[column]));
}

/** B' d B: 6x6 pixels to 36 elements. */
export const inputTransform = experimentOf({
  variants: ["input1", "input2"],
  matrix: B_TRANSPOSED,
  halo: 2,
  reads: "window",
});

/** A' m A: 36 elements to 4x4 pixels. */
export const outputTransform = experimentOf({
  variants: ["output1", "output2"],
  matrix: transposed(A),
  halo: 0,
  reads: "elements",
});

/** A y A': 4x4 pixels of an output's gradient to 36 elements. */
export const gradientTransform = experimentOf({
  variants: ["gradient1", "gradient2"],
  matrix: A,
  halo: 0,
  reads: "window",
});
