import { assertEquals } from "@std/assert";
import { crc32c } from "../../lib/core/crc32.ts";
import { bitwiseCrc32c } from "../support/events.ts";

Deno.test("crc32c() gives the published check values", () => {
  const published: [Uint8Array, number][] = [
    [new TextEncoder().encode("123456789"), 0xe3069283],
    // RFC 3720, appendix B.4.
    [new Uint8Array(32), 0x8a9136aa],
    [new Uint8Array(32).fill(0xff), 0x62a8ab43],
    [Uint8Array.from({ length: 32 }, (_, index) => index), 0x46dd794e],
    [Uint8Array.from({ length: 32 }, (_, index) => 31 - index), 0x113fdb5c],
  ];
  for (const [bytes, expected] of published) {
    assertEquals(crc32c(bytes), expected);
    assertEquals(bitwiseCrc32c(bytes), expected);
  }
});

Deno.test("crc32c() agrees with the definition at every length", () => {
  const bytes = Uint8Array.from({ length: 40 }, (_, index) => (index * 151 + 7) & 255);
  for (let length = 0; length <= bytes.length; length++) {
    const part = bytes.subarray(0, length);
    assertEquals(crc32c(part), bitwiseCrc32c(part), `${length} bytes`);
  }
});
