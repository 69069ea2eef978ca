/**
 * Training, prediction and evaluation see the same images whatever the format of their files, and
 * in whatever orientation they are stored.
 */
import { assert, assertEquals } from "@std/assert";
import { decode } from "fast-png";
import { decodeGrey } from "../../lib/image/codecs/decode.ts";
import { encodeGrey } from "../../lib/image/codecs/encode.ts";
import type { GreyImage } from "../../lib/image/image.ts";
import { resizeGrey } from "../../lib/image/resize.ts";
import { turn, turnedSize } from "../../lib/image/turn.ts";
import { evaluateModel, predictFolder, trainRun } from "../../lib/mod.ts";
import { bmpFile, bmpRows } from "../support/bmp.ts";
import { type DicomFile, dicomFile, rleData, SECRET } from "../support/dicom.ts";
import { gifFile } from "../support/gif.ts";
import { MemoryStore } from "../support/memory_store.ts";
import { filesOf, writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";
import { type TiffFields, tiffFile } from "../support/tiff.ts";

const SETTINGS = { device: "cpu", threads: 2, sampleImages: 0, snapshotEvery: 0 } as const;
const CONFIG = { width: 32, height: 32, baseChannels: 2, epochs: 2 };
const MODEL = "runs/upright/best.safetensors";

/** The orientation that undoes an orientation. */
const UNDONE: Readonly<Record<number, number>> = { 1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6 };

const GREYS = Uint8Array.from({ length: 768 }, (_, i) => i / 3);

const bmp = ({ width, height, pixels }: GreyImage) =>
  bmpFile({ width, height: -height, bits: 8, rows: bmpRows(pixels, width), palette: GREYS });
const gif = ({ width, height, pixels }: GreyImage) =>
  gifFile({ width, height, indices: pixels, palette: GREYS, interlaced: true });
const tiff = ({ width, height, pixels }: GreyImage, fields: Partial<TiffFields> = {}) =>
  tiffFile({ width, height, values: pixels, ...fields });

const dicom = ({ width, height, pixels }: GreyImage, fields: Partial<DicomFile> = {}) =>
  dicomFile({ width, height, pixels, ...fields });

/** A TIFF file with the image stored otherwise, and the orientation that puts it right. */
function turnedTiff(image: GreyImage, orientation: number): Uint8Array {
  const undone = UNDONE[orientation];
  const pixels = turn(image.pixels, image, undone);
  const tags = [[274, 3, [orientation]]] as const;
  return tiff({ ...turnedSize(image, undone), pixels }, { tags, compression: "lzw" });
}

/** Images that are higher than wide, with masks, in PNG files; and a model that knows them. */
async function upright(): Promise<MemoryStore> {
  const files = await inTemporaryFolder((folder) => {
    writeSmallData(folder, 12);
    return Promise.resolve(filesOf(folder));
  });
  const data = new MemoryStore(
    [...files].map(([path, bytes]) =>
      [path, encodeGrey(resizeGrey(decodeGrey(bytes, path), 40, 56))] as const
    ),
  );
  await trainRun({ data, config: CONFIG, settings: SETTINGS, name: "upright" });
  return data;
}

const isImage = (path: string) => /^(benign|malignant|normal)\//.test(path);
const withoutEnding = (path: string) => path.replace(/\.\w+$/, "");

/** The same images in other files: `store` gives the bytes and the ending, "" for none, of each. */
function restored(
  data: MemoryStore,
  store: (image: GreyImage, number: number, path: string) => readonly [Uint8Array, string],
): MemoryStore {
  let number = 0;
  return new MemoryStore([...data.files].map(([path, bytes]) => {
    if (!isImage(path)) return [path, bytes] as const;
    const [stored, ending] = store(decodeGrey(bytes, path), number++, path);
    return [withoutEnding(path) + (ending && `.${ending}`), stored] as const;
  }));
}

/** The probability that half of the pixels of an image exceed: with it, masks are not empty. */
async function middleOf(data: MemoryStore): Promise<number> {
  const request = { data, settings: SETTINGS, model: MODEL, inputs: ["malignant"], out: "first" };
  await predictFolder(request);
  const file = [...data.files].find(([path]) => /^first.*_probability\.png$/.test(path))![1];
  const sorted = decode(file).data.toSorted();
  return sorted[sorted.length >> 1] / 65535;
}

/** Everything that is written about the images, without the endings of their files. */
async function outcomeOf(
  data: MemoryStore,
  threshold: number,
): Promise<Map<string, Uint8Array | string>> {
  const before = new Set(data.files.keys());
  const common = { data, settings: SETTINGS, model: MODEL, threshold };
  await predictFolder({ ...common, inputs: ["benign", "malignant", "normal"], out: "predicted" });
  await evaluateModel({ ...common, images: "malignant", out: "evaluated" });
  const written = [...data.files].filter(([path]) => !before.has(path));
  return new Map(written.map(([path, bytes]): [string, Uint8Array | string] => {
    if (!/\.(json|csv|html)$/.test(path)) return [path, bytes];
    const text = new TextDecoder().decode(bytes);
    return [path, text.replaceAll(/\.(png|tif|TIFF|gif|bmp|dcm|IMA)(?=["',\s])/g, "")];
  }));
}

type Outcome = Awaited<ReturnType<typeof outcomeOf>>;

function assertSame(found: Outcome, expected: Outcome): void {
  assertEquals([...found.keys()], [...expected.keys()]);
  for (const [path, content] of found) {
    const lines = (of: Outcome) => String(of.get(path)).split("\n");
    if (typeof content === "string") assertEquals(lines(found), lines(expected), path);
    else assert(lines(found)[0] === lines(expected)[0], path);
  }
}

Deno.test("other formats and stored orientations change no mask, no measure and no figure", async () => {
  const data = await upright();
  const threshold = await middleOf(new MemoryStore(data.files));
  const outcome = (store: Parameters<typeof restored>[1]) =>
    outcomeOf(restored(data, store), threshold);
  const expected = await outcome((image) => [tiff(image), "tif"]);
  const { images } = JSON.parse(String(expected.get("predicted/predictions.json")));
  const parts = images.filter(({ area_px }: { area_px: number }) => area_px > 0 && area_px < 2240);
  assert(parts.length > 2, `${parts.length} of ${images.length} images are outlined in part`);
  const formats = await outcome((image, number) =>
    ([
      [bmp(image), "bmp"],
      [gif(image), "gif"],
      [tiff(image, { compression: "deflate", rowsPerStrip: 9 }), "tif"],
      [tiff(image, { compression: "packbits", bigEndian: true }), "TIFF"],
    ] as const)[number % 4]
  );
  assertSame(formats, expected);
  const turned = await outcome((image, number) => [turnedTiff(image, 1 + number % 8), "tif"]);
  assertSame(turned, expected);
  const scans = await outcome((image, number, path) => {
    if (path.includes("_mask")) return [tiff(image), "tif"];
    const inverted = { photometric: "MONOCHROME1", pixels: image.pixels.map((grey) => 255 - grey) };
    return ([
      [dicom(image), "dcm"],
      [dicom(image, inverted), "IMA"],
      [dicom(image, { syntax: "1.2.5", pixels: [rleData([image.pixels])] }), ""],
    ] as const)[number % 3];
  });
  assertSame(scans, expected);
  // Each of these files holds a patient's name.
  const text = new TextDecoder("latin1");
  for (const [path, content] of scans) {
    const written = typeof content === "string" ? content : text.decode(content);
    assert(!written.includes(SECRET), path);
  }
});
