/**
 * Hosts kernels/winograd_product.ts, the 36 products of a Winograd convolution. Shapes are
 * CHANNELSxROWS.
 *
 * @module
 */
import { RandomStream } from "../../lib/core/random.ts";
import { DATA, type Experiment, type Trial } from "./experiment.ts";

const TILE_ELEMENTS = 36;
const LANES = 8;

/** Index of a row's channel among the floats of one element's inputs. */
type Layout = (row: number, channel: number, rows: number, channels: number) => number;

const blocked: Layout = (row, channel, rows) =>
  (Math.floor(channel / LANES) * rows + row) * LANES + channel % LANES;

/** The rows of a register tile side by side. */
function interleaved(tileRows: number): Layout {
  return (row, channel, _, channels) =>
    (Math.floor(row / tileRows) * channels + channel) * tileRows + row % tileRows;
}

const LAYOUTS: Readonly<Record<string, Layout>> = {
  product1: blocked,
  product2: blocked,
  product3: (row, channel, _, channels) => row * oddLines(channels) + channel,
  product4: interleaved(6),
  product5: interleaved(4),
  product6: blocked,
};

/** Floats of a row: an odd number of cache lines (kernels/winograd_product.ts, variant 3). */
function oddLines(channels: number): number {
  return (Math.floor(channels / 16) | 1) * 16;
}

const SHAPES = [
  [16, 36],
  [64, 12],
  [64, 18],
  [64, 36],
  [64, 72],
  [128, 24],
  [128, 36],
  [256, 24],
  [256, 36],
  [512, 24],
  [512, 66],
  [512, 256],
  [1024, 128],
] as const;

/**
 * Byte distances of the elements, odd multiples of a cache line, and addresses of V, M, U and one
 * element's panels.
 */
function placesOf(channels: number, rows: number) {
  const odd = (bytes: number) => (Math.ceil(bytes / 64) | 1) * 64;
  // Rows are rounded up to whole register tiles.
  const whole = Math.max(...[4, 6].map((tileRows) => Math.ceil(rows / tileRows) * tileRows));
  const stride = odd(Math.max(rows * oddLines(channels), whole * channels) * 4);
  // Weights of an element begin at multiples of 256 bytes, an odd number of them apart.
  const weightStride = (Math.ceil(channels * channels * 4 / 256) | 1) * 256;
  const v = DATA;
  const m = v + TILE_ELEMENTS * stride;
  const u = Math.ceil((m + TILE_ELEMENTS * stride) / 256) * 256;
  const panels = u + TILE_ELEMENTS * weightStride;
  return { stride, weightStride, v, m, u, panels, end: panels + stride };
}

function prepare(variant: string, shape: readonly number[], memory: ArrayBufferLike): Trial {
  const [channels, rows] = shape;
  const { stride, weightStride, v, m, u, panels, end } = placesOf(channels, rows);
  const layout = LAYOUTS[variant];
  const floats = new Float32Array(memory);
  floats.fill(0, DATA / 4, end / 4);
  const random = new RandomStream(channels * 1000 + rows, "lab");
  const draw = (count: number) =>
    Float32Array.from({ length: count }, () => 2 * random.uniform() - 1);
  const inputs = draw(TILE_ELEMENTS * rows * channels);
  const weights = draw(TILE_ELEMENTS * channels * channels);
  for (let f = 0; f < TILE_ELEMENTS; f++) {
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < channels; i++) {
        floats[(v + f * stride) / 4 + layout(row, i, rows, channels)] =
          inputs[(f * rows + row) * channels + i];
      }
    }
    // Blocks of eight outputs: [o / 8][i][8].
    for (let o = 0; o < channels; o++) {
      for (let i = 0; i < channels; i++) {
        const place = (Math.floor(o / LANES) * channels + i) * LANES + o % LANES;
        floats[(u + f * weightStride) / 4 + place] = weights[(f * channels + o) * channels + i];
      }
    }
  }
  const blocks = channels / LANES;
  return {
    work: 2 * TILE_ELEMENTS * channels * channels * rows,
    call: (kernel) => kernel(m, v, u, rows, blocks, blocks, stride, weightStride, panels),
    allowedError: channels,
    worstError: () => {
      let worst = 0;
      // The first, a middle and the last element; every row, every seventh output.
      for (const f of [0, 17, TILE_ELEMENTS - 1]) {
        for (let row = 0; row < rows; row++) {
          for (let o = 0; o < channels; o += 7) {
            let [sum, mass] = [0, 0];
            for (let i = 0; i < channels; i++) {
              const product = inputs[(f * rows + row) * channels + i] *
                weights[(f * channels + o) * channels + i];
              sum += product;
              mass += Math.abs(product);
            }
            const got = floats[(m + f * stride) / 4 + blocked(row, o, rows, channels)];
            worst = Math.max(worst, Math.abs(got - sum) / (2 ** -24 * mass));
          }
        }
      }
      return worst;
    },
  };
}

export const winogradProduct: Experiment = {
  file: "winograd_product.ts",
  peak: "multiply-adds",
  variants: Object.keys(LAYOUTS),
  shapes: new Map(SHAPES.map((shape) => [shape.join("x"), shape])),
  bytes: Math.max(...SHAPES.map(([channels, rows]) => placesOf(channels, rows).end)),
  prepare,
};
