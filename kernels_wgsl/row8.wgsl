// Eight pixels of a row at once, the tile of the 3x3 convolutions. The host puts this text before
// their kernels, after moments.wgsl and matrix.wgsl.

/** A block of 8 pixels of a row. */
struct Row8 {
  a: vec4f,
  b: vec4f,
  c: vec4f,
  d: vec4f,
  e: vec4f,
  f: vec4f,
  g: vec4f,
  h: vec4f,
}

/** Eight pixels of a row with a neighbour at both ends. */
struct Row10 {
  a: vec4f,
  b: vec4f,
  c: vec4f,
  d: vec4f,
  e: vec4f,
  f: vec4f,
  g: vec4f,
  h: vec4f,
  i: vec4f,
  j: vec4f,
}

fn filled(v: vec4f) -> Row8 {
  return Row8(v, v, v, v, v, v, v, v);
}

fn products(m: mat4x4f, v: Row8, sum: Row8) -> Row8 {
  return Row8(
    product(m, v.a, sum.a),
    product(m, v.b, sum.b),
    product(m, v.c, sum.c),
    product(m, v.d, sum.d),
    product(m, v.e, sum.e),
    product(m, v.f, sum.f),
    product(m, v.g, sum.g),
    product(m, v.h, sum.h),
  );
}

fn left(v: Row10) -> Row8 {
  return Row8(v.a, v.b, v.c, v.d, v.e, v.f, v.g, v.h);
}

fn middle(v: Row10) -> Row8 {
  return Row8(v.b, v.c, v.d, v.e, v.f, v.g, v.h, v.i);
}

fn right(v: Row10) -> Row8 {
  return Row8(v.c, v.d, v.e, v.f, v.g, v.h, v.i, v.j);
}

/**
 * Moments of the first `count` of 8 pixels, in two passes. No bare product meets a sum or a
 * difference, not even the quotient for the mean (moments.wgsl).
 */
fn momentsOf(count: u32, v: Row8) -> Moments {
  let share = vec4f(1f / f32(count));
  let known = firstPixels(count, v);
  let early = (known.a + known.b) + (known.c + known.d);
  let late = (known.e + known.f) + (known.g + known.h);
  let mean = fma(late, share, early * share);
  let d = firstPixels(
    count,
    Row8(
      v.a - mean,
      v.b - mean,
      v.c - mean,
      v.d - mean,
      v.e - mean,
      v.f - mean,
      v.g - mean,
      v.h - mean,
    ),
  );
  let ab = fma(d.b, d.b, square(d.a));
  let cd = fma(d.d, d.d, square(d.c));
  let ef = fma(d.f, d.f, square(d.e));
  let gh = fma(d.h, d.h, square(d.g));
  return Moments(mean, (ab + cd) + (ef + gh), f32(count));
}

/** The first `count` of 8 pixels, then zeros. */
fn firstPixels(count: u32, v: Row8) -> Row8 {
  let zero = vec4f();
  return Row8(
    v.a,
    select(zero, v.b, count > 1u),
    select(zero, v.c, count > 2u),
    select(zero, v.d, count > 3u),
    select(zero, v.e, count > 4u),
    select(zero, v.f, count > 5u),
    select(zero, v.g, count > 6u),
    select(zero, v.h, count > 7u),
  );
}

fn square(value: vec4f) -> vec4f {
  return value * value;
}
