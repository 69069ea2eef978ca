import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { crc32 as zlibCrc32 } from "node:zlib";
import { crc32 } from "../../lib/core/crc32.ts";
import { InputError } from "../../lib/core/errors.ts";
import { joined } from "../../lib/core/joined.ts";
import { RandomStream } from "../../lib/core/random.ts";
import { readEntry, readZip } from "../../lib/formats/zip.ts";
import { isZip } from "../../lib/formats/zip_end.ts";
import { writeZip } from "../../lib/formats/zip_writer.ts";
import { type CraftedEntry, craftZip, fields } from "../support/zip.ts";

const DATA = new TextEncoder().encode("some bytes, some bytes, some bytes");
const A: CraftedEntry = { name: "x/a", bytes: DATA };
const B: CraftedEntry = { name: "x/b", bytes: DATA.subarray(3) };

/** Every entry's bytes. */
function readAll(archive: Uint8Array): Record<string, Uint8Array> {
  return Object.fromEntries(
    [...readZip(archive)].map(([name, entry]) => [name, readEntry(archive, entry, 1e6)]),
  );
}

Deno.test("crc32() agrees with zlib at every length and alignment", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(8), (bytes, start) => {
    assertEquals(crc32(bytes.subarray(start)), zlibCrc32(bytes.subarray(start)));
  }));
});

Deno.test("readZip() reads stored and deflated entries", () => {
  const archive = craftZip([A, { ...B, deflated: true }, {
    name: "empty",
    bytes: new Uint8Array(),
  }]);
  assert(isZip(archive));
  assertEquals(readAll(archive), { "x/a": A.bytes, "x/b": B.bytes, empty: new Uint8Array() });
});

Deno.test("readZip() gives views of stored entries", () => {
  const archive = craftZip([A]);
  assert(readAll(archive)["x/a"].buffer === archive.buffer);
});

Deno.test("readZip() reads sizes that follow the data and 64-bit fields", () => {
  const size = DATA.length;
  const descriptor = fields([4, 0x08074b50], [4, zlibCrc32(DATA)], [4, size], [4, size]);
  const zeros = { crc: 0, size: 0, storedSize: 0 };
  const wideDescriptor = fields([4, 0x08074b50], [4, zlibCrc32(DATA)], [8, size], [8, size]);
  for (const behind of [descriptor, wideDescriptor]) {
    const following: CraftedEntry = { ...A, flags: 8, local: zeros, descriptor: behind };
    assertEquals(readAll(craftZip([following, B])), { "x/a": A.bytes, "x/b": B.bytes });
    const wrong = { ...following, descriptor: fixed(behind, -1, 1) };
    assertThrows(() => readZip(craftZip([wrong])), InputError, "what follows its data");
  }

  const most = 0xffffffff;
  const extra = fields([2, 0x4246], [2, 2], [2, 7], [2, 1], [2, 16], [8, size], [8, size]);
  const wide: CraftedEntry = { ...A, size: most, storedSize: most, extra };
  assertEquals(readAll(craftZip([wide, B])), { "x/a": A.bytes, "x/b": B.bytes });
});

/** The 64-bit records at the end, for a directory of one entry. */
function end64(start: number, size: number, change: { count?: number; at?: number } = {}) {
  const [count, at] = [change.count ?? 1, change.at ?? start + size];
  return joined([
    fields([4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0], [8, count], [8, count]),
    fields([8, size], [8, start], [4, 0x07064b50], [4, 0], [8, at], [4, 1]),
  ]);
}

Deno.test("readZip() reads the 64-bit end record", () => {
  const start = 30 + A.name.length + A.bytes.length;
  const before = end64(start, 46 + A.name.length);
  assertEquals(readAll(craftZip([A], { before })), { "x/a": A.bytes });
  const most = { count: 0xffff, size: 0xffffffff, start: 0xffffffff };
  assertThrows(() => readZip(craftZip([A], { ...most, before })), InputError, "1 entries");
  for (const change of [{ count: 2 }, { count: 2 ** 60 }, { at: 2 ** 50 }]) {
    const wrong = craftZip([A], { before: end64(start, 46 + A.name.length, change) });
    assertThrows(() => readZip(wrong), InputError, "damaged");
  }
});

Deno.test("readZip() refuses more entries than any checkpoint has", () => {
  const [count, size] = [100_001, 100_001 * 46];
  const before = joined([new Uint8Array(size), end64(0, size, { count })]);
  const archive = craftZip([], { before, count: 0xffff, size, start: 0 });
  assertThrows(() => readZip(archive), InputError, "100001 entries");
});

const HIDDEN = craftZip([{ name: "b", bytes: DATA }]);

const MALFORMED: [name: string, archive: Uint8Array, says: string][] = [
  ["an empty file", new Uint8Array(0), "cut short"],
  ["a missing end", craftZip([A]).subarray(0, -1), "cut short"],
  ["a comment", craftZip([A], { comment: "hello" }), "cut short"],
  ["an announced comment", fixed(craftZip([A]), -2, 1), "comment"],
  ["several disks", craftZip([A], { countHere: 0 }), "several parts"],
  ["too many entries", craftZip([A], { count: 2 }), "damaged"],
  ["too few entries", craftZip([A, B], { count: 1 }), "behind its directory"],
  ["a directory behind the end", craftZip([A], { start: 1e6 }), "damaged"],
  ["a directory that is too long", craftZip([A], { size: 1e6 }), "damaged"],
  ["a name twice", craftZip([A, { ...B, name: A.name }]), "twice"],
  ["a name that leads out", craftZip([{ ...A, name: "x/../../y" }]), "leads out"],
  ["an absolute name", craftZip([{ ...A, name: "/x" }]), "no name of a file"],
  ["a name with backslashes", craftZip([{ ...A, name: "x\\y" }]), "no name of a file"],
  ["an empty name", craftZip([{ ...A, name: "" }]), "no name of a file"],
  ["encryption", craftZip([{ ...A, flags: 1 }]), "encrypted"],
  ["another disk", craftZip([{ ...A, disk: 1 }]), "in parts"],
  ["an unknown method", craftZip([{ ...A, method: 12 }]), "method 12"],
  ["a stored entry of two sizes", craftZip([{ ...A, size: 5 }]), "method 0"],
  ["another local name", craftZip([{ ...A, local: { name: "x/c" } }]), "its name"],
  ["another local size", craftZip([{ ...A, local: { size: 3 } }]), "size or checksum"],
  ["another local checksum", craftZip([{ ...A, local: { crc: 3 } }]), "size or checksum"],
  ["another local method", craftZip([{ ...A, local: { method: 8 } }]), "how it is packed"],
  ["unknown sizes that do not follow", craftZip([{ ...A, flags: 8 }, B]), "what follows"],
  ["an offset behind the directory", craftZip([{ ...A, offset: 1e6 }]), "behind the directory"],
  ["an offset in the middle", craftZip([{ ...A, offset: 4 }]), "where it begins"],
  ["data behind the directory", craftZip([{ ...A, size: 1e6, storedSize: 1e6 }]), "cut short"],
  [
    "an entry inside another",
    craftZip([{ name: "a", bytes: HIDDEN }, { name: "b", bytes: DATA, offset: 31 }]),
    "overlap",
  ],
  [
    "2^60 bytes",
    craftZip([{
      ...A,
      size: 0xffffffff,
      storedSize: 0xffffffff,
      extra: fields([2, 1], [2, 16], [8, 2 ** 60], [8, 2 ** 60]),
    }]),
    "cut short",
  ],
  [
    "a 64-bit field that is not there",
    craftZip([{ ...A, size: 0xffffffff, storedSize: 0xffffffff }]),
    "extra field",
  ],
];

/** A copy with one byte changed, counted from the end. */
function fixed(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = bytes.slice();
  copy[copy.length + at] = value;
  return copy;
}

for (const [name, archive, says] of MALFORMED) {
  Deno.test(`readZip() refuses ${name}`, () => {
    const { message } = assertThrows(() => readZip(archive), InputError);
    assertStringIncludes(message, says);
  });
}

Deno.test("readEntry() refuses what is damaged, too long or not what it claims", () => {
  const deflated = { ...A, deflated: true };
  const cases: [CraftedEntry, number, string][] = [
    [{ ...A, crc: 1 }, 100, "CRC-32"],
    [A, A.bytes.length - 1, "at most 33"],
    [{ ...deflated, size: A.bytes.length - 1 }, 100, "does not unpack to the 33 bytes"],
    [{ ...deflated, size: A.bytes.length + 1 }, 100, "does not unpack to the 35 bytes"],
    [{ ...deflated, size: 1e6 }, 1e7, "more than can be packed"],
    [{ ...deflated, deflated: false, method: 8 }, 100, "damaged"],
  ];
  for (const [crafted, most, says] of cases) {
    const archive = craftZip([crafted]);
    const entry = readZip(archive).get("x/a")!;
    assertThrows(() => readEntry(archive, entry, most), InputError, says);
  }
});

Deno.test("readEntry() stops unpacking at the size that was claimed", () => {
  for (const bytes of [5e7, 1e8]) {
    const archive = craftZip([{
      name: "bomb",
      bytes: new Uint8Array(bytes),
      deflated: true,
      size: 36,
    }]);
    const entry = readZip(archive).get("bomb")!;
    const before = Deno.memoryUsage().external;
    assertThrows(() => readEntry(archive, entry, 36), InputError, "does not unpack to the 36");
    assert(Deno.memoryUsage().external - before < 4e7);
  }
});

Deno.test("readZip() unpacks large entries", () => {
  const random = new RandomStream(1, "large entry");
  const bytes = Uint8Array.from({ length: 200_000 }, () => random.bits32() & 31);
  const archive = craftZip([{ name: "a", bytes, deflated: true }]);
  assert(readZip(archive).get("a")!.storedSize > 65536);
  assertEquals(readAll(archive).a, bytes);
  for (const size of [bytes.length - 1, bytes.length + 1]) {
    const wrong = craftZip([{ name: "a", bytes, deflated: true, size }]);
    assertThrows(() => readAll(wrong), InputError, "does not unpack");
  }
});

Deno.test("writeZip() and readZip() are inverse to each other, and data is aligned", () => {
  const names = fc.uniqueArray(fc.string({ unit: "grapheme", minLength: 1 }), { maxLength: 5 });
  fc.assert(fc.property(names, fc.array(fc.uint8Array(), { maxLength: 5 }), (names, data) => {
    const files = data.slice(0, names.length).map((bytes, i) => ({
      name: `f${i}/${names[i].replaceAll(/[\\/\0.]/g, "_")}`,
      bytes,
    }));
    const archive = writeZip(files);
    const entries = readZip(archive);
    assertEquals([...entries.keys()], files.map(({ name }) => name));
    for (const { name, bytes } of files) {
      assertEquals(readEntry(archive, entries.get(name)!, bytes.length), bytes);
      assertEquals(entries.get(name)!.start % 64, 0);
    }
  }));
});
