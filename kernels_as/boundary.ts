// How far each pixel of a mask is from the mean of the square around it: out = |mean - mask|.
//
// Of a square counts what lies in the image. Its sum is one along each row, then one along the
// column; both add the pixel that comes and subtract the one that goes. They are kept as doubles,
// in which sums of masks of bytes leave no remainder. A task is a strip of rows of one plane.

import { rowsOf, stripsOf } from "./strips";

/** The first row of a task, counted over all planes. */
// @inline
function firstRow(task: i32, height: i32, stripRows: i32): i32 {
  const strips = stripsOf(height, stripRows);
  return task / strips * height + task % strips * stripRows;
}

/** The pixels of a square along one side of the image, around the pixel `at` of `size`. */
// @inline
function pixelsAround(at: i32, radius: i32, size: i32): i32 {
  return min(at + radius, size - 1) - max(at - radius, 0) + 1;
}

/** Job 1: for each pixel, the sum along its row of the pixels in its square. */
export function boundarySums(
  task: i32,
  _scratch: usize,
  mask: usize,
  sums: usize,
  width: i32,
  height: i32,
  stripRows: i32,
  radius: i32,
): void {
  const first = firstRow(task, height, stripRows);
  const end = first + rowsOf(height, stripRows, task % stripsOf(height, stripRows));
  for (let row = first; row < end; row++) {
    const offset = <usize> row * <usize> width * 4;
    const from = mask + offset;
    const to = sums + offset;
    let sum: f64 = 0;
    for (let x = 0; x < min(radius, width); x++) sum += <f64> load<f32>(from + <usize> x * 4);
    for (let x = 0; x < width; x++) {
      if (x + radius < width) sum += <f64> load<f32>(from + <usize> (x + radius) * 4);
      if (x > radius) sum -= <f64> load<f32>(from + <usize> (x - radius - 1) * 4);
      store<f32>(to + <usize> x * 4, <f32> sum);
    }
  }
}

/** Job 2: adds these sums along the columns. Scratch holds one double per column. */
export function boundary(
  task: i32,
  scratch: usize,
  mask: usize,
  sums: usize,
  out: usize,
  width: i32,
  height: i32,
  stripRows: i32,
  radius: i32,
): void {
  const strips = stripsOf(height, stripRows);
  const first = task % strips * stripRows;
  const end = first + rowsOf(height, stripRows, task % strips);
  const bytes = <usize> width * 4;
  const plane = <usize> (task / strips) * <usize> height * bytes;
  memory.fill(scratch, 0, <usize> width * 8);
  for (let y = max(first - radius, 0); y < min(first + radius, height); y++) {
    addRow(scratch, sums + plane + <usize> y * bytes, width, 1);
  }
  for (let y = first; y < end; y++) {
    if (y + radius < height) addRow(scratch, sums + plane + <usize> (y + radius) * bytes, width, 1);
    if (y > first && y > radius) {
      addRow(scratch, sums + plane + <usize> (y - radius - 1) * bytes, width, -1);
    }
    const offset = plane + <usize> y * bytes;
    const rows = pixelsAround(y, radius, height);
    for (let x = 0; x < width; x++) {
      const at = <usize> x * 4;
      const count = <f64> (rows * pixelsAround(x, radius, width));
      const sum = load<f64>(scratch + <usize> x * 8);
      // Not sum / count - mask: where the mask is even, the difference is exactly 0.
      const difference = sum - count * <f64> load<f32>(mask + offset + at);
      store<f32>(out + offset + at, <f32> (Math.abs(difference) / count));
    }
  }
}

/** Adds a row times `sign` to the sums of the columns. */
// @inline
function addRow(columns: usize, row: usize, width: i32, sign: f64): void {
  for (let x = 0; x < width; x++) {
    const at = columns + <usize> x * 8;
    store<f64>(at, load<f64>(at) + sign * <f64> load<f32>(row + <usize> x * 4));
  }
}
