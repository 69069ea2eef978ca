import { assertEquals, assertRejects } from "@std/assert";
import { decode } from "fast-png";
import { inflateSync } from "node:zlib";
import { DeviceError } from "../../../lib/core/errors.ts";
import { Packers, packersFor, type PackWork } from "../../../lib/image/codecs/packers.ts";

/** Pictures of every kind; noise and areas, small and larger than a block of the deflate format. */
const pictures = [[1, 1], [5, 3], [311, 207]].flatMap(([width, height]) => {
  const values = (channels: number, of: (i: number) => number) =>
    Array.from({ length: width * height * channels }, (_, i) => of(i));
  return [
    { data: Uint8Array.from(values(1, (i) => i % 97 < 50 ? 0 : 255)), channels: 1 as const },
    { data: Uint16Array.from(values(1, (i) => i * 40503 >> 3)), channels: 1 as const },
    { data: Uint8Array.from(values(3, (i) => Math.floor(i / 3) ** 2 >> 5)), channels: 3 as const },
  ].map((picture) => ({ ...picture, width, height }));
});

const works: PackWork[] = pictures.flatMap((picture) => [
  { kind: "png", ...picture },
  { kind: "zlib", data: new Uint8Array(picture.data.buffer.slice(0)) },
]);

Deno.test("Packers write PNG files in which fast-png finds the same pixels", async () => {
  using packers = new Packers(0);
  for (const { data, width, height, channels } of pictures) {
    const packed = await packers.pack({ kind: "png", data, width, height, channels });
    const depth = data instanceof Uint16Array ? 16 : 8;
    const read = decode(packed);
    assertEquals(
      { ...read, data: Array.from(read.data) },
      { ...read, width, height, channels, depth, data: Array.from(data) },
    );
  }
});

Deno.test("Packers deflate to what inflates to the same bytes", async () => {
  using packers = new Packers(0);
  for (const work of works) {
    if (work.kind !== "zlib") continue;
    assertEquals(new Uint8Array(inflateSync(await packers.pack(work))), work.data);
  }
});

for (const workers of [1, 2]) {
  Deno.test(`Packers give what the calling thread gives, ${workers} workers`, async () => {
    using here = new Packers(0);
    using there = new Packers(workers);
    const packed = (packers: Packers) => Promise.all(works.map((work) => packers.pack(work)));
    assertEquals(await packed(there), await packed(here));
  });
}

Deno.test("Packers reject what they have not done when a worker fails or is ended", async () => {
  using failing = new Packers(1);
  const wrong: PackWork = { ...pictures[1], kind: "png", width: 4 };
  const broken = failing.pack(wrong);
  const behind = failing.pack(works[0]);
  await assertRejects(() => broken, DeviceError, "a thread that packs pictures has ended");
  await assertRejects(() => behind, DeviceError, "a thread that packs pictures has ended");
  const ended = new Packers(2);
  const answers = works.map((work) => ended.pack(work));
  ended[Symbol.dispose]();
  for (const answer of answers) await assertRejects(() => answer, DeviceError, "it was stopped");
});

Deno.test("packersFor() leaves a core to the calling thread, and gives four at most", () => {
  assertEquals([1, 2, 3, 64].map((cores) => packersFor(cores)), [0, 1, 2, 4]);
});
