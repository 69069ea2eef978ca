// Philox 4x32-10 (lib/core/random.ts): a block of four random words for each counter.

/** Stores the four words of the counter (c0, c1, c2, c3) under the key (key0, key1). */
// @inline
export function philox(
  key0: u32,
  key1: u32,
  c0: u32,
  c1: u32,
  c2: u32,
  c3: u32,
  to: usize,
): void {
  for (let round = 0; round < 10; round++) {
    const product0 = <u64> c0 * 0xd2511f53;
    const product1 = <u64> c2 * 0xcd9e8d57;
    c0 = <u32> (product1 >> 32) ^ c1 ^ key0;
    c1 = <u32> product1;
    c2 = <u32> (product0 >> 32) ^ c3 ^ key1;
    c3 = <u32> product0;
    key0 += 0x9e3779b9;
    key1 += 0xbb67ae85;
  }
  store<u32>(to, c0);
  store<u32>(to, c1, 4);
  store<u32>(to, c2, 8);
  store<u32>(to, c3, 12);
}
