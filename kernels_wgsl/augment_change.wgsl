// The record of an image's changes, which all kernels of augmentation read. lib/dataset/augment/
// record.ts writes it in this order, a word for each number.

struct Change {
  // Source x = xx x + xy y + x0, likewise for y.
  xx: f32,
  xy: f32,
  x0: f32,
  yx: f32,
  yy: f32,
  y0: f32,
  contrast: f32,
  brightness: f32,
  narrowness: f32, // 1 over half the width of the shadow, 1/px
  speckle: f32,
  noise: f32, // in grey values
  // The key of the random numbers, and the last three words of their counter.
  key0: u32,
  key1: u32,
  counter1: u32,
  counter2: u32,
  counter3: u32,
  // A black square.
  left: i32,
  top: i32,
  side: i32,
  blurRadius: i32,
  blurWeights: array<i32, BLUR_WEIGHTS>, // 2 blurRadius + 1 are used, in units of 1/65536
  powers: array<f32, 256>, // (byte / 255)^gamma
  // Of each row: its gain, the middle of the shadow in px, the share of light that it takes there.
  gains: array<f32, HEIGHT>,
  centres: array<f32, HEIGHT>,
  darkness: array<f32, HEIGHT>,
  grid: array<f32, GRID_VALUES>, // displacements in px of the nodes: all of x, then all of y
}

const AREA = HEIGHT * WIDTH;

/** A wrong record must not make a loop endless. */
const MOST_RADIUS = i32(BLUR_WEIGHTS / 2u);

/** A byte of four. */
fn byteOf(word: u32, place: u32) -> u32 {
  return (word >> (8u * place)) & 255u;
}
