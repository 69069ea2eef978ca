import { assert, assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { decodeGrey } from "../../lib/image/codecs/decode.ts";
import { encodeGrey, encodeRgb } from "../../lib/image/codecs/encode.ts";
import type { GreyImage } from "../../lib/image/image.ts";
import { resizeGrey } from "../../lib/image/resize.ts";
import { inspectFolder } from "../../lib/inspect/inspect_folder.ts";
import type { FindingKind, Inspection } from "../../lib/inspect/inspection.ts";
import { DataFolder } from "../../lib/store/folder.ts";
import { filesOf as filesBelow, writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";
import { type Tag, tiffFile } from "../support/tiff.ts";

const IMAGE = "benign/benign (1).png";
const MASK = "benign/benign (1)_mask.png";

/** A set with no finding but hints, and the means to spoil it. */
class Set64 {
  constructor(readonly folder: string) {}
  read(path: string): GreyImage {
    return decodeGrey(Deno.readFileSync(`${this.folder}/${path}`), path);
  }
  write(path: string, image: GreyImage): void {
    Deno.writeFileSync(`${this.folder}/${path}`, encodeGrey(image));
  }
  change(path: string, of: (value: number, x: number, y: number) => number, to = path): void {
    const { width, height, pixels } = this.read(path);
    const changed = pixels.map((value, i) => of(value, i % width, Math.floor(i / width)));
    this.write(to, { width, height, pixels: changed });
  }
  remove(path: string): void {
    Deno.removeSync(`${this.folder}/${path}`);
  }
  inspect(): Promise<Inspection> {
    return DataFolder.open(this.folder).then((data) =>
      inspectFolder(data, { maskPattern: ["_mask"], missingMasks: "error" })
    );
  }
}

function inSet(use: (set: Set64) => Promise<void> | void): Promise<void> {
  return inTemporaryFolder(async (folder) => {
    writeSmallData(folder, 12);
    const set = new Set64(folder);
    // Scaled down, the masks of phantoms have soft edges.
    for (const [path] of filesBelow(folder)) {
      if (path.includes("_mask")) set.change(path, (value) => value > 127 ? 255 : 0);
    }
    await use(set);
  });
}

const kinds = ({ findings }: Inspection) => findings.map(({ kind }) => kind);
const filesOf = ({ findings }: Inspection, kind: FindingKind) =>
  findings.find((finding) => finding.kind === kind)?.cases.map(({ files }) => files);

/** Phantoms at 64x64 have thin bright boundaries and lesions at the border now and then. */
const OF_ITSELF: readonly FindingKind[] = [
  "mask_empty",
  "several_masks",
  "lesion_at_border",
  "overlay",
];

Deno.test("inspectFolder() finds no fault with a clean set, and sums it up", () =>
  inSet(async (set) => {
    const inspection = await set.inspect();
    assertEquals(kinds(inspection).filter((kind) => !OF_ITSELF.includes(kind)), []);
    assertEquals(inspection.images, 12);
    assertEquals(inspection.classes, [
      { name: "benign", images: 6, lesions: 6 },
      { name: "malignant", images: 4, lesions: 4 },
      { name: "normal", images: 2, lesions: 0 },
    ]);
    assertEquals(inspection.modes, { "png, 8 bits, grey": 12 });
    assertEquals(inspection.width_px?.median, 64);
    assertEquals(inspection.lesions?.images, 10);
    assertEquals(inspection.lesions!.grid.flat().reduce((a, b) => a + b), 10);
    assertEquals(await set.inspect(), inspection);
  }));

const COPY = "benign/copy 7.png";
const COPY_MASK = "benign/copy 7_mask.png";

/** What is planted, what it must be found as, and where. */
const PLANTED: readonly (readonly [
  name: string,
  kind: FindingKind,
  plant: (set: Set64) => void,
  files: readonly string[],
])[] = [
  ["a damaged file", "unreadable", (set) => {
    const bytes = Deno.readFileSync(`${set.folder}/${IMAGE}`);
    Deno.writeFileSync(`${set.folder}/${IMAGE}`, bytes.subarray(0, bytes.length >> 1));
  }, [IMAGE]],
  ["an image without a mask", "unmasked", (set) => set.remove(MASK), [IMAGE]],
  ["a mask without an image", "orphan", (set) => set.remove(IMAGE), [MASK]],
  ["a mask of two images", "ambiguous", (set) => {
    Deno.copyFileSync(`${set.folder}/${IMAGE}`, `${set.folder}/${IMAGE.replace("png", "jpg")}`);
  }, [MASK]],
  [
    "a label map",
    "mask_unusable",
    (set) => set.change(MASK, (_, x) => [0, 100, 255][Math.floor(x / 22)]),
    [
      MASK,
    ],
  ],
  ["a mask with an odd level", "mask_unusable", (set) => set.change(MASK, () => 7), [MASK]],
  ["an inverted mask", "mask_inverted", (set) => set.change(MASK, (v) => 255 - v), [MASK]],
  ["a full mask", "mask_full", (set) => set.change(MASK, () => 255), [MASK]],
  ["an empty mask among lesions", "mask_missing_lesion", (set) => set.change(MASK, () => 0), [
    IMAGE,
  ]],
  ["a mask of another size", "mask_of_other_size", (set) => {
    set.write(MASK, resizeGrey(set.read(MASK), 32, 48));
  }, [MASK]],
  ["a mask of 0 and 1", "mask_rescaled", (set) => set.change(MASK, (v) => v > 127 ? 1 : 0), [MASK]],
  ["soft edges", "mask_soft", (set) => {
    set.change(
      MASK,
      (_, x, y) => [0, 128, 255][Math.max(0, Math.min(2, 22 - Math.hypot(x - 32, y - 32) | 0))],
    );
  }, [MASK]],
  ["the mask of another image", "mask_copied", (set) => {
    Deno.copyFileSync(`${set.folder}/benign/benign (2)_mask.png`, `${set.folder}/${MASK}`);
  }, [MASK, "benign/benign (2)_mask.png"]],
  ["a mask twice", "mask_repeated", (set) => {
    Deno.copyFileSync(`${set.folder}/${MASK}`, `${set.folder}/benign/benign (1)_mask_1.png`);
  }, [MASK, "benign/benign (1)_mask_1.png"]],
  ["a second mask", "several_masks", (set) => {
    set.change(MASK, (_, x, y) => x > 50 && y > 50 ? 255 : 0, "benign/benign (1)_mask_1.png");
  }, [IMAGE]],
  ["a speck", "mask_specks", (set) => {
    set.change(MASK, (_, x, y) => (x === 60 && y === 60) || (x < 40 && y < 40) ? 255 : 0);
  }, [IMAGE]],
  ["a tiny lesion", "lesion_tiny", (set) => {
    set.change(MASK, (_, x, y) => x === 30 && y === 30 ? 255 : 0);
  }, [IMAGE]],
  ["a lesion at the border", "lesion_at_border", (set) => {
    set.change(MASK, (_, x, y) => x < 20 && y > 20 && y < 40 ? 255 : 0);
  }, [IMAGE]],
  ["an equal image", "exact_duplicates", (set) => {
    Deno.copyFileSync(`${set.folder}/${IMAGE}`, `${set.folder}/${COPY}`);
    Deno.copyFileSync(`${set.folder}/${MASK}`, `${set.folder}/${COPY_MASK}`);
  }, [IMAGE, COPY]],
  ["a brighter, shifted copy", "near_duplicates", (set) => {
    const original = set.read(IMAGE);
    const at = (x: number, y: number) => original.pixels[y * 64 + Math.min(63, x + 2)];
    set.change(IMAGE, (_, x, y) => Math.min(255, 1.3 * at(x, y) + 12), COPY);
    Deno.copyFileSync(`${set.folder}/${MASK}`, `${set.folder}/${COPY_MASK}`);
  }, [IMAGE, COPY]],
  ["one scan in two classes", "lesion_in_two_classes", (set) => {
    Deno.copyFileSync(`${set.folder}/${IMAGE}`, `${set.folder}/malignant/x.png`);
    Deno.copyFileSync(`${set.folder}/${MASK}`, `${set.folder}/malignant/x_mask.png`);
  }, [IMAGE, "malignant/x.png"]],
  ["a copy with another mask", "masks_disagree", (set) => {
    Deno.copyFileSync(`${set.folder}/${IMAGE}`, `${set.folder}/${COPY}`);
    set.change(MASK, (value, _, y) => y > 55 ? 255 : value === 255 ? 0 : value, COPY_MASK);
  }, [IMAGE, COPY]],
  ["an even image", "flat_image", (set) => set.change(IMAGE, (_, x) => 40 + x % 3), [IMAGE]],
  ["a colour image", "colour", (set) => {
    const { pixels } = set.read(IMAGE);
    const rgb = new Uint8Array(3 * pixels.length);
    pixels.forEach((value, i) => rgb.set([value, i < 500 ? 0 : value, value >> 2], 3 * i));
    Deno.writeFileSync(`${set.folder}/${IMAGE}`, encodeRgb(rgb, 64, 64));
  }, [IMAGE]],
  ["a long image", "unusual_shape", (set) => {
    set.write(IMAGE, resizeGrey(set.read(IMAGE), 256, 64));
  }, [IMAGE]],
  ["an orientation tag", "turned", (set) => {
    const { width, height, pixels } = set.read(IMAGE);
    const tags: Tag[] = [[274, 3, [6]]];
    const file = tiffFile({ width, height, values: pixels, tags });
    Deno.writeFileSync(`${set.folder}/${IMAGE}`, file);
  }, [IMAGE]],
  ["the orientation tag of a mask", "turned", (set) => {
    const { width, height, pixels } = set.read(MASK);
    const tags: Tag[] = [[274, 3, [2]]];
    const file = tiffFile({ width, height, values: pixels, tags });
    Deno.writeFileSync(`${set.folder}/${MASK}`, file);
  }, [MASK]],
  ["a file with two pages", "more_pages", (set) => {
    const { width, height, pixels } = set.read(IMAGE);
    const file = tiffFile({ width, height, values: pixels, next: 8 });
    Deno.writeFileSync(`${set.folder}/${IMAGE}`, file);
  }, [IMAGE]],
  ["a caliper", "overlay", (set) => {
    const dark = (x: number, y: number) => 20 + (x * 7 + y * 13) % 20;
    set.change(IMAGE, (_, x, y) => x === 30 || y === 30 ? 255 : dark(x, y));
  }, [IMAGE]],
];

for (const [name, kind, plant, files] of PLANTED) {
  Deno.test(`inspectFolder() finds ${name}`, () =>
    inSet(async (set) => {
      const before = filesOf(await set.inspect(), kind) ?? [];
      plant(set);
      const found = filesOf(await set.inspect(), kind) ?? [];
      const wanted = JSON.stringify(files.toSorted());
      const has = (cases: readonly (readonly string[])[]) =>
        cases.some((one) => JSON.stringify(one.toSorted()) === wanted);
      assert(has(found), `${kind}: ${JSON.stringify(found)}`);
      assert(!has(before), `${kind} was found before it was planted`);
    }));
}

Deno.test("inspectFolder() says where specks are", () =>
  inSet(async (set) => {
    set.change(MASK, (_, x, y) => (x === 60 && y === 60) || (x < 40 && y < 40) ? 255 : 0);
    const { findings } = await set.inspect();
    assertEquals(findings.find(({ kind }) => kind === "mask_specks")?.cases, [
      { files: [IMAGE], words: "1 speck", places: [{ x: 60, y: 60, width: 1, height: 1 }] },
    ]);
  }));

Deno.test("inspectFolder() names masks without the orientation tag of their image", () =>
  inSet(async (set) => {
    const { width, height, pixels } = set.read(IMAGE);
    const file = tiffFile({ width, height, values: pixels, tags: [[274, 3, [3]]] });
    Deno.writeFileSync(`${set.folder}/${IMAGE}`, file);
    const { findings } = await set.inspect();
    assertEquals(findings.find(({ kind }) => kind === "turned")?.cases, [
      { files: [IMAGE], words: `orientation 3; ${MASK} has none` },
    ]);
  }));

Deno.test("inspectFolder() finds a class with few images", () =>
  inTemporaryFolder(async (folder) => {
    writeSmallData(folder, 12);
    const set = new Set64(folder);
    set.remove("normal/normal (1).png");
    set.remove("normal/normal (1)_mask.png");
    assertEquals(
      (await set.inspect()).findings.find(({ kind }) => kind === "class_imbalance")?.cases,
      [
        { files: [], words: "normal: 1 of 11 images" },
      ],
    );
  }));

Deno.test("inspectFolder() refuses a folder without images", () =>
  inTemporaryFolder(async (folder) => {
    await assertRejects(() => new Set64(folder).inspect(), InputError, "no images");
  }));

const BUSI = "../shared/data/busi";
const hasBusi = (() => {
  try {
    return Deno.statSync(BUSI).isDirectory;
  } catch {
    return false;
  }
})();

Deno.test({
  name: "inspectFolder() finds the groups of BUSI that docs/inspect.md tells of",
  ignore: !hasBusi,
  async fn() {
    const data = await DataFolder.open(BUSI);
    const inspection = await inspectFolder(data, { maskPattern: ["_mask"], missingMasks: "error" });
    const { duplicate_groups: groups } = inspection;
    assertEquals([groups.length, groups.flatMap(({ images }) => images).length], [73, 156]);
    const pair = ["benign/benign (269).png", "normal/normal (1).png"];
    assert(
      filesOf(inspection, "lesion_in_two_classes")!.some((one) => String(one) === String(pair)),
    );
    assert(filesOf(inspection, "masks_disagree")!.some((one) => String(one) === String(pair)));
    assertEquals(filesOf(inspection, "lesion_in_two_classes")!.length, 6);
  },
});
