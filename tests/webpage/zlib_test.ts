import { deflateSync, inflateSync as inflateByNode } from "node:zlib";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { RandomStream } from "../../lib/core/random.ts";
import { adler32, inflateSync } from "../../lib/webpage/zlib.ts";

const random = new RandomStream(1, "zlib test");
const speckle = Uint8Array.from({ length: 300_000 }, (_, k) => k % 3 ? random.bits32() & 7 : k);

Deno.test("inflateSync() gives what node:zlib gives, also with bytes behind the stream", () => {
  for (const bytes of [new Uint8Array(0), Uint8Array.of(7), speckle]) {
    const packed = new Uint8Array(deflateSync(bytes));
    const longer = new Uint8Array(packed.length + 9).fill(9);
    longer.set(packed);
    for (const data of [packed, longer]) {
      assertEquals(inflateSync(data, { maxOutputLength: bytes.length + 5 }), bytes);
    }
  }
});

Deno.test("inflateSync() refuses what node:zlib refuses: cut, changed, too long, another header", () => {
  const packed = new Uint8Array(deflateSync(speckle));
  const most = { maxOutputLength: speckle.length };
  const damaged = [
    packed.subarray(0, packed.length - 1),
    packed.subarray(0, 1000),
    packed.subarray(0, 1),
    packed.with(0, packed[0] ^ 1),
    packed.with(1, packed[1] ^ 32),
    packed.with(packed.length - 1, packed[packed.length - 1] ^ 1),
    packed.with(5000, packed[5000] ^ 64),
  ];
  for (const [k, data] of damaged.entries()) {
    assertThrows(() => inflateByNode(data, most), undefined, undefined, `node, ${k}`);
    assertThrows(() => inflateSync(data, most), undefined, undefined, `ours, ${k}`);
  }
  assertThrows(() => inflateSync(packed, { maxOutputLength: speckle.length - 1 }), Error, "more");
});

Deno.test("inflateSync() stops at the limit, also of a bomb", () => {
  const zeros = new Uint8Array(deflateSync(new Uint8Array(2 ** 26)));
  assert(zeros.length < 100_000);
  assertThrows(() => inflateSync(zeros, { maxOutputLength: 1000 }), Error, "more bytes");
});

Deno.test("adler32() is that of RFC 1950", () => {
  assertEquals(adler32(new TextEncoder().encode("Wikipedia")), 0x11e60398);
  assertEquals(adler32(new Uint8Array()), 1);
  const stream = deflateSync(speckle);
  assertEquals(adler32(speckle), stream.readUInt32BE(stream.length - 4));
});
