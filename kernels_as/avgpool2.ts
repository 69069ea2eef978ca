// The mean of each 2x2 window of a plane, stride 2; an odd last row or column is dropped. A task is
// one plane of one image.

export function avgpool2(
  task: i32,
  _scratch: usize,
  source: usize,
  out: usize,
  height: i32,
  width: i32,
): void {
  const rows = height / 2, columns = width / 2;
  let from = source + <usize> (task * height) * <usize> width * 4;
  let to = out + <usize> (task * rows) * <usize> columns * 4;
  const rowBytes = <usize> width * 4;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const at = from + <usize> x * 8;
      const above = load<f32>(at) + load<f32>(at, 4);
      const below = load<f32>(at + rowBytes) + load<f32>(at + rowBytes, 4);
      store<f32>(to, <f32> 0.25 * (above + below));
      to += 4;
    }
    from += 2 * rowBytes;
  }
}
