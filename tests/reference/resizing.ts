/**
 * Max-pooling and bilinear upsampling, with their gradients.
 *
 * @module
 */
import type {
  AvgPool2,
  MaxPool2,
  MaxPool2Gradient,
  Upsample2,
  Upsample2Gradient,
} from "../../lib/plan/steps.ts";
import { read, type Store, type Values, zeros } from "./values.ts";

/**
 * Calls `visit` for each 2x2 block with its output index and the index of its first maximum
 * (row-major).
 */
function forEachBlock(x: Values, visit: (out: number, maximum: number) => void): void {
  const [n, channels, height, width] = x.shape;
  let out = 0;
  for (let plane = 0; plane < n * channels; plane++) {
    for (let row = 0; row + 1 < height; row += 2) {
      for (let column = 0; column + 1 < width; column += 2) {
        const corner = (plane * height + row) * width + column;
        let best = corner;
        for (const candidate of [corner + 1, corner + width, corner + width + 1]) {
          const value = x.data[candidate];
          if (value > x.data[best] || Number.isNaN(value)) best = candidate;
        }
        visit(out++, best);
      }
    }
  }
}

export function maxPool2(step: MaxPool2, store: Store): void {
  const x = read(store, step.source);
  const y = zeros(...store.shapeOf(step.out));
  forEachBlock(x, (out, maximum) => y.data[out] = x.data[maximum]);
  store.set(step.out, y);
}

export function maxPool2Gradient(step: MaxPool2Gradient, store: Store): void {
  const x = read(store, step.source);
  const dy = store.get(step.gradient);
  const dx = { shape: x.shape, data: store.get(step.out).data.slice() };
  forEachBlock(x, (out, maximum) => dx.data[maximum] += dy.data[out]);
  store.set(step.out, dx);
}

/**
 * The source positions of upsampling with aligned corners: position i of `2 size` is at i (size -
 * 1) / (2 size - 1), between `low` and `high` with weights 1 - t and t.
 */
function positions(size: number): { low: number; high: number; t: number }[] {
  return Array.from({ length: 2 * size }, (_, i) => {
    const position = i * (size - 1) / (2 * size - 1);
    const low = Math.floor(position);
    return { low, high: Math.min(low + 1, size - 1), t: position - low };
  });
}

/** Calls `visit` for each output and each of its four inputs, with the input's weight. */
function forEachShare(
  [n, channels, height, width]: readonly number[],
  visit: (out: number, input: number, share: number) => void,
): void {
  const rows = positions(height);
  const columns = positions(width);
  let out = 0;
  for (let plane = 0; plane < n * channels; plane++) {
    const at = (row: number, column: number) => (plane * height + row) * width + column;
    for (const row of rows) {
      for (const column of columns) {
        visit(out, at(row.low, column.low), (1 - row.t) * (1 - column.t));
        visit(out, at(row.low, column.high), (1 - row.t) * column.t);
        visit(out, at(row.high, column.low), row.t * (1 - column.t));
        visit(out, at(row.high, column.high), row.t * column.t);
        out++;
      }
    }
  }
}

export function upsample2(step: Upsample2, store: Store): void {
  const x = read(store, step.source);
  const y = zeros(...store.shapeOf(step.out));
  forEachShare(x.shape, (out, input, share) => y.data[out] += share * x.data[input]);
  store.set(step.out, y);
}

export function upsample2Gradient(step: Upsample2Gradient, store: Store): void {
  const dy = store.get(step.gradient);
  const dx = zeros(...store.shapeOf(step.out));
  forEachShare(dx.shape, (out, input, share) => dx.data[input] += share * dy.data[out]);
  store.set(step.out, dx);
}

/** The mean of 2x2 windows of planes, stride 2. */
export function avgPool2({ plane, out }: AvgPool2, store: Store): void {
  const { shape: [, , height, width], data } = store.get(plane);
  const y = zeros(...store.shapeOf(out));
  const [, , rows, columns] = y.shape;
  y.data.forEach((_, i) => {
    const [map, row, column] = [
      Math.floor(i / (rows * columns)),
      Math.floor(i / columns) % rows,
      i % columns,
    ];
    const at = (map * height + 2 * row) * width + 2 * column;
    y.data[i] = (data[at] + data[at + 1] + data[at + width] + data[at + width + 1]) / 4;
  });
  store.set(out, y);
}
