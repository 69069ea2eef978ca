import { assert, assertEquals, assertRejects } from "@std/assert";
import { encode } from "fast-png";
import { DeviceError, InputError } from "../../../lib/core/errors.ts";
import { sha256 } from "../../../lib/core/hash.ts";
import { ImageReader } from "../../../lib/dataset/image_reader.ts";
import { loadSamples } from "../../../lib/dataset/samples.ts";
import { decodeImage, openImage } from "../../../lib/image/codecs/decode.ts";
import { Unpackers, workersFor } from "../../../lib/image/codecs/unpackers.ts";
import { DataFolder } from "../../../lib/store/folder.ts";
import { dicomFile, losslessJpeg } from "../../support/dicom.ts";
import { goldenDicoms } from "../../support/golden_dicoms.ts";
import { goldenFormats } from "../../support/golden_formats.ts";
import { jpegFile } from "../../support/jpeg.ts";
import { MemoryStore } from "../../support/memory_store.ts";
import { pngChunk, pngData, pngFile } from "../../support/png.ts";
import { referenceCases } from "../../support/reference.ts";
import { seeded } from "../../support/seeded.ts";
import { inTemporaryFolder } from "../../support/temporary.ts";

/** Image files of every kind, then the same cut off and damaged. */
const files = [...wholeFiles(), ...wholeFiles().flatMap(damaged)];

for (const workers of [1, 2, 3]) {
  Deno.test(`Unpackers give what the calling thread gives, ${workers} workers`, async () => {
    using unpackers = new Unpackers(workers);
    const unpackThere = async (bytes: Uint8Array) => {
      const { work, finish } = openImage(bytes, "it");
      return finish(await unpackers.unpack(work));
    };
    const there = await Promise.all(files.map((file) => outcome(() => unpackThere(file))));
    const here = await Promise.all(files.map((file) => outcome(() => decodeImage(file, "it"))));
    assertEquals(there, here);
    const refused = here.filter((result) => typeof result === "string");
    assert(refused.length > 0 && refused.length < files.length);
  });
}

Deno.test("Unpackers leave the data that they are given as it is", async () => {
  using unpackers = new Unpackers(1);
  const bytes = files[0].slice();
  await unpackers.unpack(openImage(bytes, "it").work);
  assertEquals(bytes, files[0]);
});

Deno.test("Unpackers reject what they have not done when a worker fails", async () => {
  using unpackers = new Unpackers(1);
  const empty = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  const size = { width: 1, height: 1, channels: 1, scans: [] };
  const turbo = { module: empty, script: "", factory: "missing", decoder: "" };
  const decoders = { turbo, imagescript: empty };
  const broken = unpackers.unpack({ kind: "jpeg", data: files[0], ...size, ...decoders });
  const behind = unpackers.unpack(openImage(files[0], "it").work);
  await assertRejects(() => broken, DeviceError, "a thread that unpacks images has ended");
  await assertRejects(() => behind, DeviceError, "a thread that unpacks images has ended");
  const later = unpackers.unpack(openImage(files[0], "it").work);
  await assertRejects(() => later, DeviceError, "a thread that unpacks images has ended");
});

Deno.test("Unpackers reject what they have not done when they are disposed of", async () => {
  const unpackers = new Unpackers(2);
  const answers = files.slice(0, 6).map((file) => unpackers.unpack(openImage(file, "it").work));
  unpackers[Symbol.dispose]();
  for (const answer of answers) await assertRejects(() => answer, DeviceError, "it was stopped");
});

Deno.test("Unpackers without workers unpack a large file on a worker, which can be ended", async () => {
  const large = openImage(largeFile(), "it");
  const small = openImage(files[0], "it");
  const unpackers = new Unpackers(0);
  const image = large.finish(await unpackers.unpack(large.work, large.effort));
  assert(image.pixels.every((value) => value === 77));
  const there = unpackers.unpack(large.work, large.effort);
  const here = unpackers.unpack(small.work, small.effort);
  unpackers[Symbol.dispose]();
  await assertRejects(() => there, DeviceError, "it was stopped");
  assertEquals(small.finish(await here), decodeImage(files[0], "it"));
});

Deno.test("ImageReader does not wait for a file after its signal", async () => {
  const store = new MemoryStore([["large.jpg", largeFile()], ["a.png", files[0]]]);
  const controller = new AbortController();
  await using reader = new ImageReader(store, ["a.png", "large.jpg"], 0, controller.signal);
  assertEquals((await reader.read("a.png")).decoded, decodeImage(files[0], "a.png"));
  const reading = reader.read("large.jpg");
  controller.abort(new Error("enough"));
  await assertRejects(() => reading, Error, "enough");
});

Deno.test("workersFor() gives one worker per core, up to four, and none where there is only one", () => {
  assertEquals([1, 2, 3, 64].map((cores) => workersFor(cores)), [0, 2, 3, 4]);
});

for (const workers of [0, 1, 2, 3]) {
  Deno.test(`ImageReader gives each file in its turn, ${workers} workers`, async () => {
    await withFiles(async (folder, names) => {
      const all = [...names, "missing.png"];
      await using reader = new ImageReader(folder, all, workers);
      for (const [i, name] of names.entries()) {
        const expected = await outcome(async () => ({
          decoded: decodeImage(files[i], name),
          sha256: await sha256(files[i]),
        }));
        assertEquals(await outcome(() => reader.read(name)), expected);
      }
      await assertRejects(() => reader.read(names[0]), RangeError, "out of turn");
      await assertRejects(() => reader.read("missing.png"), InputError, "missing.png");
      await assertRejects(() => reader.read("missing.png"), RangeError, "out of turn");
    });
  });
}

Deno.test("loadSamples() loads the same with any number of workers, and stops with files on their way", async () => {
  await withFiles(async (folder, names) => {
    // Without a mask, files that are only black and white would be refused.
    const black = encode({ width: 1, height: 1, channels: 1, depth: 8, data: new Uint8Array(1) });
    await folder.writeFile("black.png", black);
    const pairOf = (image: string) => ({ image, masks: ["black.png"] });
    const whole = names.slice(0, wholeFiles().length).map(pairOf);
    const size = { width: 16, height: 16 };
    const load = (workers: number) => loadSamples(folder, whole, { ...size, workers });
    const here = await load(0);
    for (const workers of [1, 2, 3]) assertEquals(await load(workers), here);

    const all = names.map(pairOf);
    const refusal = (workers: number) =>
      outcome(() => loadSamples(folder, all, { ...size, workers }));
    assertEquals(await refusal(2), await refusal(0));

    const controller = new AbortController();
    const { signal } = controller;
    const onProgress = () => controller.abort(new Error("enough"));
    const stopped = loadSamples(folder, whole, { ...size, workers: 2, signal, onProgress });
    await assertRejects(() => stopped, Error, "enough");
  });
});

/** The result, or the sentence of the refusal. */
async function outcome<Result>(call: () => Result | Promise<Result>): Promise<Result | string> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.message;
  }
}

/** A file that takes much work: many scans. */
function largeFile(): Uint8Array {
  const side = 1024;
  const components = [{ id: 1, levels: Array((side / 8) ** 2).fill(77) }];
  return jpegFile({ width: side, height: side, components, progressive: true, passes: 20 });
}

function wholeFiles(): Uint8Array[] {
  const own = ([1, 2, 3, 4] as const).flatMap((channels) =>
    ([8, 16] as const).flatMap((depth) =>
      (["null", "Adam7"] as const).map((interlace) => {
        const length = 61 * 47 * channels;
        const data = depth === 8
          ? Uint8Array.from({ length }, (_, i) => i * i >> 5)
          : Uint16Array.from({ length }, (_, i) => i * 40503);
        return encode({ width: 61, height: 47, channels, depth, data }, { interlace });
      })
    )
  );
  const kept = ["png_variants", "jpeg_variants"].flatMap((kind) =>
    referenceCases(`preprocess/${kind}`).map(({ folder, name }) =>
      Deno.readFileSync(`${folder}/${kind}/${name}`)
    )
  );
  const scans = [goldenDicoms(), goldenFormats()].flat().map(({ bytes }) => bytes);
  const size = { width: 31, height: 17 };
  const lossless = losslessJpeg({ ...size, values: seeded(31 * 17, 256), bits: 8, predictor: 7 });
  return [
    ...own,
    ...kept,
    ...scans,
    dicomFile({ ...size, syntax: "1.2.4.57", pixels: [lossless] }),
  ];
}

/**
 * A file cut in its middle, one with a wrong byte there, and PNG data that is none or too short.
 */
function damaged(file: Uint8Array): Uint8Array[] {
  const wrong = file.slice();
  wrong[file.length >> 1] ^= 0x55;
  const none = pngFile({ width: 2, height: 2 }, pngChunk("IDAT", Uint8Array.of(1, 2, 3)));
  const short = pngFile({ width: 2, height: 2 }, pngData(Uint8Array.of(0, 10, 20)));
  return [file.subarray(0, file.length >> 1), wrong, none, short];
}

async function withFiles(
  use: (folder: DataFolder, names: readonly string[]) => Promise<void>,
): Promise<void> {
  await inTemporaryFolder(async (root) => {
    const names = files.map((_, i) => `${i}.png`);
    for (const [i, name] of names.entries()) Deno.writeFileSync(`${root}/${name}`, files[i]);
    await use(await DataFolder.open(root), names);
  });
}
