/**
 * Annotations of COCO and labelme as masks: found, drawn, refused.
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { InputError } from "../../lib/core/errors.ts";
import { sha256 } from "../../lib/core/hash.ts";
import { discover, type DiscoverOptions } from "../../lib/dataset/discover.ts";
import { load, type LoadedPair } from "../../lib/dataset/load.ts";
import { MaskJudge, maskRules } from "../../lib/dataset/masks.ts";
import { findImages } from "../../lib/dataset/selection.ts";
import { DEFAULT_CONFIG } from "../../lib/train/config.ts";
import { encodeGrey } from "../../lib/image/codecs/encode.ts";
import type { GreyImage } from "../../lib/image/image.ts";
import { compressRuns, runLengths } from "../../lib/image/rle.ts";
import { cocoJson } from "../../lib/predict/coco.ts";
import { entryOf } from "../../lib/predict/entries.ts";
import { measure } from "../../lib/predict/predict_image.ts";
import { randomMask, ringsOf } from "../support/masks.ts";
import { MemoryStore } from "../support/memory_store.ts";

const WIDTH = 8;
const HEIGHT = 6;

const image = encodeGrey({
  width: WIDTH,
  height: HEIGHT,
  pixels: Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => i),
});

const bytes = (json: unknown) => new TextEncoder().encode(JSON.stringify(json));

/** A store with images and JSON files. */
function storeOf(images: readonly string[], files: Record<string, unknown>): MemoryStore {
  return new MemoryStore([
    ...images.map((path) => [path, image] as const),
    ...Object.entries(files).map(([path, json]) =>
      [path, json instanceof Uint8Array ? json : bytes(json)] as const
    ),
  ]);
}

interface Options extends Partial<DiscoverOptions> {
  readonly maskClass?: string | null;
}

/** Finds and loads all pairs of a store. */
async function loadAll(store: MemoryStore, options: Options = {}): Promise<LoadedPair[]> {
  const found = await discover(store, { maskPattern: ["_mask"], ...options });
  const judge = new MaskJudge(maskRules({ maskClass: options.maskClass }));
  const { annotations } = found;
  return await Array.fromAsync(load(store, found.pairs, { judge, annotations }));
}

/** The mask of each image, as lines of "#" and ".". */
async function masksOf(store: MemoryStore, options: Options = {}) {
  const loaded = await loadAll(store, options);
  const problems = loaded.flatMap(({ refused }) => refused.map(({ error }) => error.message));
  assertEquals(problems, []);
  return Object.fromEntries(
    loaded.map(({ pair, masks }) => [pair.image, masks.map(({ judged }) => linesOf(judged.mask))]),
  );
}

const linesOf = ({ width, height, pixels }: GreyImage) =>
  Array.from(
    { length: height },
    (_, y) =>
      Array.from(pixels.subarray(y * width, (y + 1) * width), (v) => v ? "#" : ".").join(""),
  );

/** A COCO file: for each image its annotations. */
function coco(images: Record<string, readonly Record<string, unknown>[]>, more = {}) {
  const names = Object.keys(images);
  return {
    images: names.map((file_name, i) => ({ id: 10 + i, file_name, width: WIDTH, height: HEIGHT })),
    annotations: names.flatMap((name, i) =>
      images[name].map((one) => ({ image_id: 10 + i, category_id: 1, ...one }))
    ),
    categories: [{ id: 1, name: "lesion" }, { id: 2, name: "cyst" }],
    ...more,
  };
}

const SQUARE = { segmentation: [[1, 1, 4, 1, 4, 3, 1, 3]] };
const SQUARE_LINES = ["........", ".###....", ".###....", "........", "........", "........"];
const EMPTY_LINES = SQUARE_LINES.map(() => "........");

const labelme = (shapes: readonly Record<string, unknown>[], more = {}) => ({
  version: "5.4.1",
  flags: {},
  shapes: shapes.map((shape) => ({ label: "lesion", shape_type: "polygon", ...shape })),
  imagePath: "elsewhere.png",
  imageData: null,
  imageHeight: HEIGHT,
  imageWidth: WIDTH,
  ...more,
});

Deno.test("a COCO file beside images gives their masks, several outlines together", async () => {
  const corner = { segmentation: [[5, 4, 7, 4, 7, 6, 5, 6], [0, 5, 1, 5, 1, 6, 0, 6]] };
  const store = storeOf(["a.png", "b.png"], {
    "instances.json": coco({ "a.png": [SQUARE, corner], "b.png": [] }),
    "other.json": { images: "no list" },
    "broken.json": new TextEncoder().encode("{"),
  });
  assertEquals(await masksOf(store), {
    "a.png": [["........", ".###....", ".###....", "........", ".....##.", "#....##."]],
    "b.png": [EMPTY_LINES],
  });
  // The file is read once, and its hash is that of each mask.
  assertEquals(store.readCounts()["instances.json"], 1);
  const [{ masks: [mask] }] = await loadAll(store);
  assertEquals(mask.path, "instances.json#/images/0");
  assertEquals(mask.sha256, await sha256(store.files.get("instances.json")!));
});

Deno.test("run-length codes of COCO, plain and compressed, give the masks back", async () => {
  await fc.assert(
    fc.asyncProperty(randomMask(), fc.boolean(), async ({ width, height, pixels }, compressed) => {
      const mask = { width, height, pixels };
      const runs = runLengths(ringsOf(mask), mask);
      const counts = compressed ? compressRuns(runs) : runs;
      const file = coco({ "a.png": [{ segmentation: { size: [height, width], counts } }] });
      Object.assign(file.images[0], { width, height });
      const png = encodeGrey({ width, height, pixels });
      const store = new MemoryStore([["a.png", png], ["a.json", bytes(file)]]);
      const [loaded] = await loadAll(store);
      assertEquals(loaded.refused, []);
      assertEquals(loaded.masks[0].judged.mask.pixels, pixels.map((value) => 255 * value));
    }),
    { numRuns: 60, seed: 1 },
  );
});

Deno.test("coco.json of a prediction gives the predicted masks back", async () => {
  await fc.assert(
    fc.asyncProperty(randomMask(), async ({ width, height, pixels }) => {
      const logits = Float32Array.from(pixels, (value) => value === 1 ? 1 : -1);
      const entry = entryOf("a.png", "a", measure({ width, height, logits }, 0.5));
      const png = encodeGrey({ width, height, pixels });
      const json = new TextEncoder().encode(cocoJson([entry]));
      const [{ masks: [mask] }] = await loadAll(
        new MemoryStore([["a.png", png], ["c.json", json]]),
      );
      assertEquals(mask.judged.mask.pixels, pixels.map((value) => 255 * value));
    }),
    { numRuns: 60, seed: 2 },
  );
});

Deno.test("labelme files give the masks of the images of the same name", async () => {
  const png = encodeGrey({ width: 2, height: 2, pixels: Uint8Array.of(0, 1, 1, 1) });
  const store = storeOf(["s/a.png", "s/b.png", "c.png", "d.png"], {
    "s/a.json": labelme([{ points: [[1, 1], [4, 1], [4, 3], [1, 3]] }]),
    "s/b.json": labelme([
      { shape_type: "rectangle", points: [[4, 3], [1, 1]] },
      { shape_type: "circle", points: [[6.5, 4.5], [6.5, 5.2]] },
    ]),
    "c.json": labelme([]),
    "d.json": labelme([{ shape_type: "mask", points: [[3, 2], [4, 3]], mask: png.toBase64() }]),
  });
  assertEquals(await masksOf(store), {
    "s/a.png": [SQUARE_LINES],
    "s/b.png": [["........", ".###....", ".###....", "........", "......#.", "........"]],
    "c.png": [EMPTY_LINES],
    "d.png": [["........", "........", "....#...", "...##...", "........", "........"]],
  });
  const [{ masks: [mask] }] = await loadAll(store);
  assertEquals(mask.path, "c.json");
});

Deno.test("COCO's names are found from the file's folder, the data directory, or by their end", async () => {
  const names = ["x/a.png", "y/a.png", "y/b.png", "é.png"];
  const found = async (path: string, ...written: string[]) => {
    const file = coco(Object.fromEntries(written.map((name) => [name, [SQUARE]])));
    return Object.keys(await masksOf(storeOf(names, { [path]: file })));
  };
  assertEquals(await found("c.json", "x/a.png", "y/b.png"), ["x/a.png", "y/b.png"]);
  assertEquals(await found("y/c.json", "a.png"), ["y/a.png"]);
  assertEquals(await found("z/c.json", "images\\b.png"), ["y/b.png"]);
  assertEquals(await found("z/c.json", "y\\a.png", "e\u0301.png"), ["y/a.png", "é.png"]);
  // Of two images of one name the nearer one is meant.
  assertEquals(await found("x/z/c.json", "a.png"), ["x/a.png"]);
  assertEquals(await found("z/c.json", "C:\\data\\y\\a.png"), ["y/a.png"]);
  assertEquals(await found("x/z/c.json", "../../y/a.png"), ["y/a.png"]);
  // Images may have been converted, and names encoded.
  assertEquals(await found("z/c.json", "https://a.org/b.jpg"), ["y/b.png"]);
  assertEquals(await found("z/c.json", "%C3%A9.PNG"), ["é.png"]);
  assertEquals(await found("z/c.json", "100%", "y/a.png"), ["y/a.png"]);
  await assertRejects(
    () => found("z/c.json", "a.png"),
    InputError,
    'z/c.json names "a.png", which could be x/a.png, y/a.png',
  );
});

Deno.test("annotations that fit no image are refused, also where missing masks are empty", async () => {
  const other = coco({ "C:\\scans\\q7.png": [SQUARE], "q8.png": [] });
  const refusals: [Record<string, unknown>, string][] = [
    [{ "c.json": other }, 'c.json has outlines of images that are not there, such as "C:/scans/q7'],
    [{ "q.json": labelme([]) }, "q.json has outlines of images that are not there"],
    [{ "c.json": new TextEncoder().encode('{"annotations": [NaN]}') }, "c.json is no JSON"],
  ];
  for (const [files, words] of refusals) {
    await assertRejects(
      () => findImages(storeOf(["a.png"], files), { ...DEFAULT_CONFIG, missingMasks: "empty" }),
      InputError,
      words,
    );
  }
  // Other files are no annotations.
  const found = await discover(storeOf(["a.png"], { "package.json": { name: "a" }, "b.json": [] }));
  assertEquals(found.unmasked, ["a.png"]);
});

Deno.test("outlines count for images without a mask file, beside others that have one", async () => {
  const mask = encodeGrey({ width: WIDTH, height: HEIGHT, pixels: new Uint8Array(48).fill(255) });
  const square = { points: [[1, 1], [4, 1], [4, 3], [1, 3]] };
  const store = storeOf(["a.png", "m/b.png", "m/c.png", "new/d.png", "new/e.png"], {
    "a_mask.png": mask,
    "m/b.json": labelme([square]),
    "instances.json": coco({ "a.png": [SQUARE], "c.png": [SQUARE], "new/d.png": [] }),
    "notes.json": { text: "about annotations" },
  });
  const { found, pairs, leftOut } = await findImages(store, DEFAULT_CONFIG);
  assertEquals(pairs, [
    { image: "a.png", masks: ["a_mask.png"] },
    { image: "m/b.png", masks: ["m/b.json"] },
    { image: "m/c.png", masks: ["instances.json#/images/1"] },
  ]);
  assertStringIncludes(found.words, "NAME_mask for NAME; annotations in 2 files such as");
  // An image that is listed without outlines is new, not lesion-free.
  assertEquals(leftOut.unmasked, [{ folder: "new", images: 2 }]);
  const loaded = await Array.fromAsync(load(store, pairs, { annotations: found.annotations }));
  assertEquals(linesOf(loaded[2].masks[0].judged.mask), SQUARE_LINES);
});

Deno.test("a refusal names files that may hold outlines in another form", async () => {
  const store = storeOf(["a.png", "b.png"], { "cvat.xml": {}, "via.json": { "a.png": {} } });
  await assertRejects(
    () => findImages(store, DEFAULT_CONFIG),
    InputError,
    "if cvat.xml and 1 more hold outlines, export them as masks, or as COCO's or labelme's JSON",
  );
});

Deno.test("images that a COCO file lists and that are not there are counted", async () => {
  const file = coco({ "a.png": [SQUARE], "b.png": [], "c.png": [] });
  const { words } = await discover(storeOf(["a.png"], { "c.json": file }));
  assertEquals(words, "annotations in c.json (COCO; they list 2 images that are not there)");
});

Deno.test("an image that one COCO file lists twice is refused", async () => {
  const file = coco({ "a.png": [SQUARE], "x/../a.png": [] });
  await assertRejects(
    () => discover(storeOf(["a.png"], { "c.json": file })),
    InputError,
    "c.json lists a.png twice (c.json#/images/0 and c.json#/images/1)",
  );
});

Deno.test("labels that differ in case and blanks are one label", async () => {
  const square = { points: [[1, 1], [4, 1], [4, 3], [1, 3]] };
  const store = storeOf(["a.png"], {
    "a.json": labelme([{ ...square, label: "Lesion" }, { ...square, label: " lesion" }]),
  });
  assertEquals((await masksOf(store))["a.png"], [SQUARE_LINES]);
});

Deno.test("a rectangle may have all four corners", async () => {
  const corners = [[1, 1], [4, 1], [4, 3], [1, 3]];
  const store = storeOf(["a.png"], {
    "a.json": labelme([{ shape_type: "rectangle", points: corners }]),
  });
  assertEquals((await masksOf(store))["a.png"], [SQUARE_LINES]);
});

Deno.test("masks as files come first; a named annotation file comes before them", async () => {
  const mask = encodeGrey({ width: WIDTH, height: HEIGHT, pixels: new Uint8Array(48).fill(255) });
  const files = { "a_mask.png": mask, "c.json": coco({ "a.png": [SQUARE] }) };
  const store = storeOf(["a.png"], files);
  assertEquals((await masksOf(store))["a.png"], [SQUARE_LINES.map(() => "########")]);
  assertEquals((await masksOf(store, { masks: ["c.json"] }))["a.png"], [SQUARE_LINES]);
  const other = storeOf(["b.png"], files);
  await assertRejects(
    () => discover(other, { maskPattern: ["_mask"], masks: ["c.json"] }),
    InputError,
    "masks c.json has annotations of none of the images",
  );
  await assertRejects(
    () => discover(other, { maskPattern: ["_mask"], masks: ["none.json"] }),
    InputError,
    "cannot read none.json",
  );
});

Deno.test("an image in two COCO files is refused until one is named", async () => {
  const one = coco({ "a.png": [SQUARE] });
  const store = storeOf(["a.png"], { "one.json": one, "two.json": one });
  await assertRejects(
    () => discover(store, { maskPattern: ["_mask"] }),
    InputError,
    "a.png is in one.json#/images/0 and in two.json#/images/0",
  );
  assertEquals((await masksOf(store, { masks: ["two.json"] }))["a.png"], [SQUARE_LINES]);
});

Deno.test("several labels are refused with their names until some are chosen", async () => {
  const cyst = { category_id: 2, segmentation: [[0, 0, 8, 0, 8, 1, 0, 1]] };
  const store = storeOf(["a.png"], { "c.json": coco({ "a.png": [SQUARE, cyst, cyst] }) });
  await assertRejects(
    () => discover(store, { maskPattern: ["_mask"] }),
    InputError,
    'the annotations have the labels "cyst" (2), "lesion" (1)',
  );
  const both = ["########", ...SQUARE_LINES.slice(1)];
  assertEquals((await masksOf(store, { maskClass: "Lesion" }))["a.png"], [SQUARE_LINES]);
  assertEquals((await masksOf(store, { maskClass: "lesion, cyst" }))["a.png"], [both]);
  await assertRejects(
    () => discover(store, { maskPattern: ["_mask"], maskClass: "tumour" }),
    InputError,
    'maskClass tumour is no label of the annotations; they have "cyst" (2), "lesion" (1)',
  );
});

Deno.test("annotations of another size are taken like masks of another size, turned ones refused", async () => {
  const large = coco({ "a.png": [{ segmentation: [[2, 2, 8, 2, 8, 6, 2, 6]] }] });
  Object.assign(large.images[0], { width: 2 * WIDTH, height: 2 * HEIGHT });
  const [{ masks: [mask] }] = await loadAll(storeOf(["a.png"], { "c.json": large }));
  assertEquals([mask.judged.mask.width, mask.judged.mask.height], [16, 12]);
  const turned = coco({ "a.png": [] });
  Object.assign(turned.images[0], { width: HEIGHT, height: WIDTH });
  const [{ refused: [{ error }] }] = await loadAll(storeOf(["a.png"], { "c.json": turned }));
  assertStringIncludes(error.message, "6 x 8 px, its image 8 x 6 px");
  // Without a size, the image's counts.
  const unknown = coco({ "a.png": [SQUARE] });
  Object.assign(unknown.images[0], { width: undefined, height: undefined });
  assertEquals((await masksOf(storeOf(["a.png"], { "c.json": unknown })))["a.png"], [SQUARE_LINES]);
});

const BAD_OUTLINES: Record<string, readonly [Record<string, unknown>, string]> = {
  "only a box": [{ segmentation: [], bbox: [1, 1, 3, 2] }, "has no outline, at most a box"],
  "half a point": [{ segmentation: [[1, 1, 4, 1, 4]] }, "is no polygon"],
  "a text": [{ segmentation: [[1, 1, 4, "1", 4, 3]] }, "is no polygon"],
  "infinite": [{ segmentation: [[1, 1, 4, null, 4, 3]] }, "is no polygon"],
  "runs that are too short": [
    { segmentation: { size: [6, 8], counts: [5, 5] } },
    "do not add up to 8 x 6 px",
  ],
  "negative runs": [{ segmentation: { size: [6, 8], counts: [50, -2] } }, "do not add up"],
  "damaged text": [{ segmentation: { size: [6, 8], counts: "\u0001" } }, "do not add up"],
  "runs of another size": [
    { segmentation: { size: [8, 6], counts: [48] } },
    "is a run-length code for [8,6]; expected height and width of the image, [6,8]",
  ],
  "runs without a size": [{ segmentation: { counts: [48] } }, "expected height and width"],
};

for (const [what, [outline, words]] of Object.entries(BAD_OUTLINES)) {
  Deno.test(`an outline with ${what} is refused by the name of its place`, async () => {
    const store = storeOf(["a.png"], { "c.json": coco({ "a.png": [SQUARE, outline] }) });
    const [{ masks, refused: [{ kind, error }] }] = await loadAll(store);
    assertEquals([masks.length, kind], [0, "mask_unusable"]);
    assertStringIncludes(error.message, "c.json#/images/0: outline 2 (lesion)");
    assertStringIncludes(error.message, words);
  });
}

Deno.test("shapes without an area are refused, unless their label is not wanted", async () => {
  const line = { label: "caliper", shape_type: "line", points: [[1, 1], [4, 4]] };
  const square = { points: [[1, 1], [4, 1], [4, 3], [1, 3]] };
  const store = storeOf(["a.png"], { "a.json": labelme([line, square]) });
  assertEquals((await masksOf(store, { maskClass: "lesion" }))["a.png"], [SQUARE_LINES]);
  const [{ refused: [{ error }] }] = await loadAll(store, { maskClass: "caliper" });
  assertStringIncludes(error.message, 'is a "line", which encloses no area');
  for (
    const [shape, words] of [
      [{ shape_type: "circle", points: [[1, 1]] }, "a circle with 1 points, expected 2"],
      [{ shape_type: "polygon", points: [[1, 1], [2, 2]] }, "is no polygon"],
      [{ shape_type: "polygon", points: { length: 3 } }, "has no list of points"],
      [{ shape_type: "mask", points: [[1, 1], [2, 2]], mask: "?" }, "is no base64"],
      [{ shape_type: "mask", points: [[1, 1], [2, 2]], mask: "AAAA" }, "a mask is not a PNG"],
    ] as const
  ) {
    const [{ refused: [{ error }] }] = await loadAll(
      storeOf(["a.png"], { "a.json": labelme([shape]) }),
    );
    assertStringIncludes(error.message, words);
  }
});

Deno.test("damaged annotation files are refused by name", async () => {
  const good = coco({ "a.png": [SQUARE] });
  const lost = { ...good, annotations: [{ image_id: 99, category_id: 1, ...SQUARE }] };
  const twice = { ...good, images: [...good.images, ...good.images] };
  const [image] = good.images;
  const cases: [unknown, string][] = [
    [lost, "belongs to the image with the id 99"],
    [twice, "has two images with the id 10"],
    [{ ...good, annotations: [1] }, '"annotations" of c.json is no list'],
    [{ ...good, images: [{ ...image, width: 1e9 }] }, "the size 1000000000 x 6 px"],
    [{ ...good, images: [{ ...image, width: 16384, height: 16384 }] }, "the size 16384 x 16384"],
    [new TextEncoder().encode("{"), "c.json is no JSON"],
    [Uint8Array.of(0x22, 0xff, 0x22), "c.json is no text in UTF-8"],
  ];
  for (const [json, words] of cases) {
    await assertRejects(
      () =>
        discover(storeOf(["a.png"], { "c.json": json }), {
          maskPattern: ["_mask"],
          masks: ["c.json"],
        }),
      InputError,
      words,
    );
  }
});

Deno.test("outlines that would take minutes to draw are refused", async () => {
  const side = 8192;
  const corners = Array.from({ length: 1000 }, (_, i) => [i % 2 * side, i % 3 * side]).flat();
  const polygons = Array.from({ length: 20 }, () => corners);
  const file = coco({ "a.png": [{ segmentation: polygons }] });
  Object.assign(file.images[0], { width: side, height: side });
  const [{ refused: [{ error }] }] = await loadAll(storeOf(["a.png"], { "c.json": file }));
  assertStringIncludes(error.message, "drawing them would take minutes");
  const long = coco({ "a.png": [{ segmentation: [new Array(300_000).fill(1)] }] });
  const [{ refused: [other] }] = await loadAll(storeOf(["a.png"], { "c.json": long }));
  assertStringIncludes(other.error.message, "has 150000 corners, at most 100000 are drawn");
});

Deno.test("a threshold has no meaning for outlines", async () => {
  const store = storeOf(["a.png"], { "c.json": coco({ "a.png": [SQUARE] }) });
  const { pairs } = await discover(store, { maskPattern: ["_mask"] });
  const judge = new MaskJudge(maskRules({ maskThreshold: 128 }));
  const [{ refused: [{ error }] }] = await Array.fromAsync(load(store, pairs, { judge }));
  assertStringIncludes(error.message, "maskThreshold has no meaning");
});

Deno.test("mutated annotation files are refused in a sentence or give a mask", async () => {
  const square = { points: [[1, 1], [4, 1], [4, 3], [1, 3]] };
  const texts = [
    JSON.stringify(coco({ "a.png": [SQUARE, { segmentation: { size: [6, 8], counts: "0`1" } }] })),
    JSON.stringify(labelme([square, { shape_type: "circle", points: [[2, 2], [3, 3]] }])),
  ];
  let [taken, refused] = [0, 0];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...texts),
      fc.nat(),
      fc.nat(40),
      fc.constantFrom("", "0", "-1", "1e999", "[]", "{}", "null", '"', "9".repeat(20), ","),
      async (text, place, length, put) => {
        const at = place % text.length;
        const changed = text.slice(0, at) + put + text.slice(at + length);
        const store = storeOf(["a.png"], { "a.json": new TextEncoder().encode(changed) });
        try {
          const loaded = await loadAll(store);
          for (const one of loaded) {
            for (const { error } of one.refused) assert(error instanceof InputError);
            taken += one.masks.length;
            refused += one.refused.length;
          }
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
          refused++;
        }
      },
    ),
    { numRuns: 2000, seed: 5 },
  );
  assert(taken > 100 && refused > 100, `${taken} taken, ${refused} refused`);
});
