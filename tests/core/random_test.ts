import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { fnv1a, philox4x32, RandomStream } from "../../lib/core/random.ts";

const take = (stream: RandomStream, count: number) =>
  Array.from({ length: count }, () => stream.bits32());

Deno.test("philox4x32() gives the published answers of Philox4x32-10", () => {
  // counter (4 words), key (2), answer (4): the known-answer vectors published with the generator.
  const vectors = [
    "00000000 00000000 00000000 00000000 00000000 00000000 6627e8d5 e169c58d bc57ac4c 9b00dbd8",
    "ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff 408f276d 41c83b0e a20bc7c6 6d5451fd",
    "243f6a88 85a308d3 13198a2e 03707344 a4093822 299f31d0 d16cfe09 94fdcceb 5001e420 24126ea1",
  ];
  for (const vector of vectors) {
    const words = Uint32Array.from(vector.split(" "), (word) => parseInt(word, 16));
    const key = words.slice(4, 6);
    assertEquals(philox4x32(words.slice(0, 4), key), words.slice(6));
    assertEquals(key, words.slice(4, 6));
  }
});

Deno.test("philox4x32() agrees with 64-bit arithmetic", () => {
  const slow = (counter: bigint[], key: bigint[]) => {
    let [c0, c1, c2, c3] = counter;
    let [k0, k1] = key;
    const mask = 0xffffffffn;
    for (let round = 0; round < 10; round++) {
      const p0 = c0 * 0xd2511f53n, p1 = c2 * 0xcd9e8d57n;
      [c0, c1, c2, c3] = [(p1 >> 32n) ^ c1 ^ k0, p1 & mask, (p0 >> 32n) ^ c3 ^ k1, p0 & mask];
      k0 = (k0 + 0x9e3779b9n) & mask;
      k1 = (k1 + 0xbb67ae85n) & mask;
    }
    return [c0, c1, c2, c3].map(Number);
  };
  const stream = new RandomStream(5, "test");
  for (let i = 0; i < 200; i++) {
    const words = take(stream, 6);
    const expected = slow(words.slice(0, 4).map(BigInt), words.slice(4).map(BigInt));
    const actual = philox4x32(
      Uint32Array.from(words.slice(0, 4)),
      Uint32Array.from(words.slice(4)),
    );
    assertEquals([...actual], expected);
  }
});

Deno.test("fnv1a() gives the published hashes", () => {
  assertEquals(fnv1a(""), 0x811c9dc5);
  assertEquals(fnv1a("a"), 0xe40c292c);
  assertEquals(fnv1a("foobar"), 0xbf9cf968);
});

Deno.test("RandomStream repeats itself and differs with every part of its key", () => {
  const first = take(new RandomStream(1, "order", 2, 3), 9);
  assertEquals(take(new RandomStream(1, "order", 2, 3), 9), first);
  const others = [
    new RandomStream(2, "order", 2, 3),
    new RandomStream(1 + 2 ** 32, "order", 2, 3),
    new RandomStream(1, "weights", 2, 3),
    new RandomStream(1, "order", 3, 3),
    new RandomStream(1, "order", 2, 4),
  ];
  for (const other of others) assertNotEquals(take(other, 9), first);
});

Deno.test("RandomStream refuses keys that do not fit", () => {
  for (const seed of [-1, 0.5, NaN, 2 ** 53]) {
    assertThrows(() => new RandomStream(seed, "order"), RangeError);
  }
  assertThrows(() => new RandomStream(1, "order", 2 ** 32), RangeError);
  assertThrows(() => new RandomStream(1, "order", 0, -1), RangeError);
});

Deno.test("uniform() lies in [0, 1) with the moments of an even spread", () => {
  const stream = new RandomStream(7, "uniform");
  const values = Array.from({ length: 20000 }, () => stream.uniform());
  assert(values.every((value) => value >= 0 && value < 1));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  assert(Math.abs(mean - 1 / 2) < 0.01, `mean ${mean}`);
  assert(Math.abs(variance - 1 / 12) < 0.002, `variance ${variance}`);
});

Deno.test("integerBelow() reaches every value about equally often", () => {
  const stream = new RandomStream(7, "integers");
  const counts = new Array(7).fill(0);
  for (let i = 0; i < 14000; i++) counts[stream.integerBelow(7)]++;
  for (const count of counts) assert(Math.abs(count - 2000) < 250, `counts ${counts}`);
  assertEquals(stream.integerBelow(1), 0);
  assert(stream.integerBelow(2 ** 32) < 2 ** 32);
});

Deno.test("integerBelow() does not favour small values for a large n", () => {
  // For n = 3 * 2^30, word % n without drawing again would give values below 2^30 half of the time.
  const stream = new RandomStream(3, "integers");
  let small = 0;
  for (let i = 0; i < 3000; i++) if (stream.integerBelow(3 * 2 ** 30) < 2 ** 30) small++;
  assert(Math.abs(small - 1000) < 150, `${small} of 3000`);
});

Deno.test("integerBelow() refuses what is no count", () => {
  const stream = new RandomStream(7, "integers");
  for (const n of [0, -1, 1.5, NaN, 2 ** 32 + 1]) {
    assertThrows(() => stream.integerBelow(n), RangeError);
  }
});

Deno.test("normal() has mean 0, variance 1 and kurtosis 3", () => {
  const stream = new RandomStream(7, "normal");
  const values = Array.from({ length: 40000 }, () => stream.normal());
  const moment = (power: number) =>
    values.reduce((sum, value) => sum + value ** power, 0) / values.length;
  assert(Math.abs(moment(1)) < 0.02, `mean ${moment(1)}`);
  assert(Math.abs(moment(2) - 1) < 0.03, `variance ${moment(2)}`);
  assert(Math.abs(moment(4) - 3) < 0.25, `fourth moment ${moment(4)}`);
});
