// Maps stored as 16-bit floats, four channels in two words. The host puts this text before kernels
// that read or write such maps (lib/engine/gpu/stored_maps.ts).

/** Two words of a map as four channels. */
fn unpackedHalves(words: vec2u) -> vec4f {
  return vec4f(unpack2x16float(words.x), unpack2x16float(words.y));
}

/**
 * Four channels as two words, rounded. What 16 bits cannot hold, from 65520 on, becomes NaN, and
 * its neighbour in the word with it: WGSL leaves open what pack2x16float makes of it, and a NaN
 * shows in every sum.
 */
fn packedHalves(value: vec4f) -> vec2u {
  let words = vec2u(pack2x16float(value.xy), pack2x16float(value.zw));
  let beyond = (bitcast<vec4u>(value) & vec4u(0x7fffffffu)) >= vec4u(0x477ff000u);
  return select(words, vec2u(0x7e007e00u), vec2(beyond.x || beyond.y, beyond.z || beyond.w));
}
