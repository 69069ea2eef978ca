// Joins augmented images with others and finishes them: mixup, cutmix, cutout, masks as floats.

/**
 * Bytes as floats from 0 to 1: byte * float32(1 / 255), as torchvision's v2.ToDtype. `floats` has
 * room for a multiple of four.
 */
export function unitFloats(bytes: usize, count: i32, floats: usize): void {
  const unit = f32x4.splat(<f32> (1.0 / 255.0));
  for (let i = 0; i < count; i += 4) {
    const words = i16x8.extend_low_i8x16_u(v128.load32_zero(bytes + <usize> i));
    const values = f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(words));
    v128.store(floats + <usize> i * 4, f32x4.min(f32x4.mul(values, unit), f32x4.splat(1)));
  }
}

/** Mixes another image into an image: share a + (1 - share) b, rounded. */
export function mixBytes(bytes: usize, others: usize, count: i32, share: f32): void {
  const rest = <f32> 1 - share;
  for (let i = 0; i < count; i++) {
    const at = bytes + <usize> i;
    const sum = share * <f32> load<u8>(at) + rest * <f32> load<u8>(others + <usize> i);
    store<u8>(at, <u8> (sum + 0.5));
  }
}

/** Mixes another mask into a mask: share a + (1 - share) b. */
export function mixFloats(floats: usize, others: usize, count: i32, share: f32): void {
  const rest = <f32> 1 - share;
  for (let i = 0; i < count; i++) {
    const at = floats + <usize> i * 4;
    store<f32>(at, share * load<f32>(at) + rest * load<f32>(others + <usize> i * 4));
  }
}

/** Copies a box from another map of `rowBytes` bytes a row. `left` and `bytes` are bytes, too. */
export function copyBox(
  to: usize,
  from: usize,
  rowBytes: i32,
  left: i32,
  top: i32,
  bytes: i32,
  rows: i32,
): void {
  for (let y = top; y < top + rows; y++) {
    const at = <usize> (y * rowBytes + left);
    memory.copy(to + at, from + at, bytes);
  }
}

/** Makes a box black in a map of `rowBytes` bytes a row. */
export function clearBox(
  pixels: usize,
  rowBytes: i32,
  left: i32,
  top: i32,
  bytes: i32,
  rows: i32,
): void {
  for (let y = top; y < top + rows; y++) {
    memory.fill(pixels + <usize> (y * rowBytes + left), 0, bytes);
  }
}
