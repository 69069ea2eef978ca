/** A run on images with 12 of 16 bits: its model, its resumption, its predictions, its report. */
import { assert, assertEquals } from "@std/assert";
import { evaluateModel, inspectFolder, predictFolder, readModel, trainRun } from "../../lib/mod.ts";
import { decodeGrey } from "../../lib/image/codecs/decode.ts";
import { encodeGrey, encodeGrey16 } from "../../lib/image/codecs/encode.ts";
import { MemoryStore } from "../support/memory_store.ts";
import { filesOf, writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const SETTINGS = { device: "cpu", threads: 2, sampleImages: 0, snapshotEvery: 0 } as const;
const CONFIG = { width: 32, height: 32, baseChannels: 2, epochs: 2 };
const BEST = "runs/once/best.safetensors";

const isImage = (path: string) => path.endsWith(".png") && !path.includes("_mask");

/** Small data whose images are written by `encode`. */
async function dataWith(
  encode: (pixels: Uint8Array, width: number, height: number, path: string) => Uint8Array,
): Promise<MemoryStore> {
  const files = await inTemporaryFolder((folder) => {
    writeSmallData(folder);
    return filesOf(folder);
  });
  return new MemoryStore(
    [...files].map(([path, bytes]) => {
      if (!isImage(path)) return [path, bytes];
      const { width, height, pixels } = decodeGrey(bytes, path);
      return [path, encode(pixels, width, height, path)];
    }),
  );
}

/** The samples of a scanner with 12 bits: the lower 4 are noise. */
const to12 = (pixels: Uint8Array) =>
  Uint16Array.from(pixels, (value, i) => value << 4 | i * 7 % 16);

const wideData = () =>
  dataWith((pixels, width, height) => encodeGrey16(to12(pixels), width, height));
const plainData = () => dataWith((pixels, width, height) => encodeGrey({ width, height, pixels }));

let kept: Promise<MemoryStore> | undefined;

/** A store with 12-bit images and a finished run. */
async function trained(): Promise<MemoryStore> {
  const { files } = await (kept ??= wideData().then(async (store) => {
    await trainRun({ data: store, config: CONFIG, settings: SETTINGS, name: "once" });
    return store;
  }));
  return new MemoryStore(files);
}

async function bitsOf(data: MemoryStore, file = BEST): Promise<number | undefined> {
  return (await readModel(data, file)).info!.card!.bitsInUse;
}

Deno.test("12-bit images train the network that their upper 8 bits train; the card keeps the 12", async () => {
  const [wide, plain] = [await trained(), await plainData()];
  await trainRun({ data: plain, config: CONFIG, settings: SETTINGS, name: "once" });
  const [a, b] = await Promise.all([wide, plain].map((data) => readModel(data, BEST)));
  assertEquals(a.weights, b.weights);
  assertEquals([a.info!.card!.bitsInUse, b.info!.card!.bitsInUse], [12, undefined]);
  const history = (data: MemoryStore) => data.readText("runs/once/history.csv");
  assertEquals(await history(wide), await history(plain));
});

Deno.test("a resumed run reads by the bits of its start", async () => {
  const data = await trained();
  const stop = new AbortController();
  const request = { data, config: CONFIG, settings: SETTINGS, name: "two", signal: stop.signal };
  await trainRun(request, { epochDone: () => stop.abort() });
  await trainRun({ data, config: {}, settings: SETTINGS, resume: "two" });
  assertEquals(await bitsOf(data, "runs/two/best.safetensors"), 12);
  const [one, two] = ["once", "two"].map((name) => data.files.get(`runs/${name}/last.safetensors`));
  assertEquals(one, two);
});

Deno.test("predict reads new images by the bits of the model", async () => {
  const data = await trained();
  const first = [...data.files.keys()].find(isImage)!;
  const { width, height, pixels } = decodeGrey(data.files.get(first)!, first);
  const dark = pixels.map((value) => value >> 2);
  data.files.set("new/deep.png", encodeGrey16(to12(dark), width, height));
  data.files.set("new/plain.png", encodeGrey({ width, height, pixels: dark }));
  const beyond = Uint16Array.from(pixels, (value) => value * 257);
  data.files.set("new/beyond.png", encodeGrey16(beyond, width, height));
  const request = { data, inputs: ["new"], model: BEST, out: "out", settings: SETTINGS };
  const { results, depth } = await predictFolder(request);
  assertEquals(
    results.map((result) => "error" in result ? result.error : result.input),
    [
      "new/beyond.png has 16-bit values above 4095, the largest of the images that the model was " +
      "trained with; export it with 12 bits, or save it with 8.",
      "new/deep.png",
      "new/plain.png",
    ],
  );
  assertEquals(
    data.files.get("out/deep_probability.png"),
    data.files.get("out/plain_probability.png"),
  );
  assertEquals(depth.notes().length, 1);
});

Deno.test("a model that does not tell reads each image by its own bits; all 16 as ever", async () => {
  const data = await plainData();
  await trainRun({ data, config: CONFIG, settings: SETTINGS, name: "once" });
  const first = [...data.files.keys()].find(isImage)!;
  const { width, height, pixels } = decodeGrey(data.files.get(first)!, first);
  pixels[0] = 255;
  const write = (name: string, values: Uint16Array) =>
    data.files.set(`new/${name}.png`, encodeGrey16(values, width, height));
  data.files.set("new/plain.png", encodeGrey({ width, height, pixels }));
  write("twelve", to12(pixels));
  write("sixteen", Uint16Array.from(pixels, (value) => value << 8 | 0x5a));
  const request = { data, inputs: ["new"], model: BEST, out: "out", settings: SETTINGS };
  const { depth } = await predictFolder(request);
  const [plain, twelve, sixteen] = ["plain", "twelve", "sixteen"]
    .map((name) => data.files.get(`out/${name}_probability.png`));
  assertEquals(twelve, plain);
  assertEquals(sixteen, plain);
  assert(depth.notes()[0].includes("12 in 1, 16 in 1"));
});

Deno.test("evaluate reads by the bits of each model, and tells so", async () => {
  const data = await trained();
  const plain = await plainData();
  for (const [path, bytes] of plain.files) data.files.set(`eight/${path}`, bytes);
  const evaluate = async (images: string) => {
    const request = { data, images, model: BEST, out: "figures", settings: SETTINGS };
    const { results } = (await evaluateModel(request))!;
    return results;
  };
  const [deep, eight] = [await evaluate("benign"), await evaluate("eight/benign")];
  assertEquals(
    deep.cases.map(({ dice }) => dice),
    eight.cases.map(({ dice }) => dice),
  );
  assert(deep.warnings.some((warning) => warning.includes("12 bits of the training")));
  assert(!eight.warnings.some((warning) => warning.includes("bits")));
});

Deno.test("inspect tells the depths, and warns of several", async () => {
  const options = { maskPattern: ["_mask"], missingMasks: "error" } as const;
  const kinds = (found: Awaited<ReturnType<typeof inspectFolder>>) =>
    found.findings.map(({ kind }) => kind);
  const wide = await inspectFolder(await wideData(), options);
  assertEquals(Object.keys(wide.modes), ["png, 16 bits (12 in use), grey"]);
  assert(!kinds(wide).includes("mixed_depth"));
  assert(!kinds(wide).includes("flat_image"), "not black");
  let count = 0;
  const mixed = await dataWith((pixels, width, height) =>
    count++ === 0
      ? encodeGrey({ width, height, pixels })
      : encodeGrey16(to12(pixels), width, height)
  );
  const found = await inspectFolder(mixed, options);
  const cases = found.findings.find(({ kind }) => kind === "mixed_depth")!.cases;
  assertEquals(cases.map(({ words }) => String(words).replace(/, such as .*/, "")), [
    `12 of 16 bits in use: ${found.images - 1} of ${found.images} images`,
    `8 bits in use: 1 of ${found.images} images`,
  ]);
});
