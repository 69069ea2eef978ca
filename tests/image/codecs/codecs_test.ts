/** The table of image formats. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { InputError } from "../../../lib/core/errors.ts";
import { listImages } from "../../../lib/dataset/image_files.ts";
import { codecOf, CODECS } from "../../../lib/image/codecs/codecs.ts";
import { IMAGE_ENDINGS } from "../../../lib/image/image_names.ts";
import { decodeImage } from "../../../lib/image/codecs/decode.ts";
import { dicomFile } from "../../support/dicom.ts";
import { goldenFormats } from "../../support/golden_formats.ts";
import { MemoryStore } from "../../support/memory_store.ts";
import { referenceCases } from "../../support/reference.ts";

const FILES = [
  ...["png", "jpeg"].flatMap((format) =>
    referenceCases(`preprocess/${format}_variants`).map(({ folder, name }) => ({
      format,
      name,
      bytes: Deno.readFileSync(`${folder}/${format}_variants/${name}`),
    }))
  ),
  ...goldenFormats().map(({ name, bytes }) => ({
    format: name.split(".").at(-1)!.replace("tif", "tiff").replace("jpg", "jpeg"),
    name,
    bytes,
  })),
  {
    format: "dicom",
    name: "a.dcm",
    bytes: dicomFile({ width: 2, height: 1, pixels: Uint8Array.of(1, 2) }),
  },
];
const DICOM_ENDINGS = ["dcm", "dicom", "ima"];

Deno.test("codecOf() goes by the content: one format takes a file, and its pixels say which", () => {
  for (const { format, name, bytes } of FILES) {
    assertEquals(CODECS.filter((codec) => codec.sniff(bytes)).map((codec) => codec.name), [format]);
    assertEquals(codecOf(bytes, "x.jp2").name, format);
    assertEquals(decodeImage(bytes, name).format, format);
  }
  assertEquals(new Set(FILES.map(({ format }) => format)), new Set(CODECS.map(({ name }) => name)));
});

Deno.test("codecOf() names the formats that are read", () => {
  const { message } = assertThrows(
    () => codecOf(new TextEncoder().encode("%PDF-1.7"), "a.png"),
    InputError,
  );
  assertEquals(
    message,
    "a.png is not a PNG, JPEG, TIFF, BMP, GIF, WebP or DICOM image: it seems to be a PDF document; " +
      "convert it to PNG or take it out.",
  );
});

Deno.test("listImages() takes the endings of all formats, in upper and lower case", async () => {
  const names = IMAGE_ENDINGS.flatMap((ending) => [`a.${ending}`, `b.${ending.toUpperCase()}`]);
  const others = ["c.txt", "png", "d.png.bak", "ejpg"];
  const store = new MemoryStore([...names, ...others].map((name) => [name, new Uint8Array(1)]));
  assertEquals(await listImages(store), names.toSorted());
  assertEquals(IMAGE_ENDINGS, [
    "png",
    "jpg",
    "jpeg",
    "tif",
    "tiff",
    "bmp",
    "gif",
    "webp",
    ...DICOM_ENDINGS,
  ]);
  const empty = new MemoryStore(others.map((name) => [name, new Uint8Array(1)]));
  await assertRejects(
    () => listImages(empty),
    InputError,
    "there are no images in memory:/: looked for .png, .jpg, .jpeg, .tif, .tiff, .bmp, .gif, .webp, " +
      ".dcm, .dicom and .ima files in it",
  );
});
