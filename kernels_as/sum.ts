// The sum of maps of one shape, each after its batch norm and ReLU; of none: zeros. A piece is one block of one image.
// It works through short runs of pixels, first completed in scratch, so that the sum may replace one of the maps.

import { normalisePixels, PIXEL, Source, SOURCE_BYTES } from "./blocks";

/** Pixels of a run. The host asks for scratch for two of them. */
const RUN = 128;

/** With `adds`, the sum is added to what `out` holds. */
export function sum(
  piece: i32,
  scratch: usize,
  sources: usize,
  count: i32,
  out: usize,
  adds: i32,
  blocks: i32,
  pixels: i32,
): void {
  const begin = <usize> piece * <usize> pixels * PIXEL;
  const part = scratch + <usize> RUN * PIXEL;
  for (let first = 0; first < pixels; first += RUN) {
    const length = min(RUN, pixels - first);
    const at = begin + <usize> first * PIXEL;
    const bytes = <usize> length * PIXEL;
    if (adds) memory.copy(scratch, out + at, bytes);
    else memory.fill(scratch, 0, bytes);
    for (let k = 0; k < count; k++) {
      const source = changetype<Source>(sources + <usize> k * SOURCE_BYTES);
      normalisePixels(part, source.data + at, source, piece % blocks, length);
      for (let i: usize = 0; i < bytes; i += 16) {
        v128.store(scratch + i, f32x4.add(v128.load(scratch + i), v128.load(part + i)));
      }
    }
    memory.copy(out + at, scratch, bytes);
  }
}
