// Philox 4x32-10 (lib/core/random.ts): four random words for each counter. The host puts this text
// before the kernels that draw.

/** The words of a counter under a key. */
fn philox(first: vec4u, firstKey: vec2u) -> vec4u {
  var counter = first;
  var key = firstKey;
  for (var round = 0u; round < 10u; round++) {
    counter = vec4u(
      productHigh(0xcd9e8d57u, counter.z) ^ counter.y ^ key.x,
      0xcd9e8d57u * counter.z,
      productHigh(0xd2511f53u, counter.x) ^ counter.w ^ key.y,
      0xd2511f53u * counter.x,
    );
    key += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return counter;
}

/** The upper 32 bits of a product. No partial sum overflows. */
fn productHigh(a: u32, b: u32) -> u32 {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let other = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (middle >> 16u) + (other >> 16u);
}
