// The cut of an image into strips of rows, which lib/engine/cpu/strips.ts chooses. The last strip
// of an image may have fewer rows.

/** Strips of an image. */
// @inline
export function stripsOf(height: i32, stripRows: i32): i32 {
  return (height + stripRows - 1) / stripRows;
}

/** Rows of a strip. */
// @inline
export function rowsOf(height: i32, stripRows: i32, strip: i32): i32 {
  return min(stripRows, height - strip * stripRows);
}
