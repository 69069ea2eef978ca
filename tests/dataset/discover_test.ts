import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { discover } from "../../lib/dataset/discover.ts";
import { pairFiles, parseLayout } from "../../lib/dataset/layouts/layout.ts";
import { checkPairing } from "../../lib/dataset/check_pairing.ts";
import type { Pairing } from "../../lib/dataset/pairing.ts";
import { listImages } from "../../lib/dataset/image_files.ts";
import { DataFolder } from "../../lib/store/folder.ts";
import { dicomFile } from "../support/dicom.ts";
import { MemoryStore } from "../support/memory_store.ts";
import { inTemporaryFolder, link } from "../support/temporary.ts";

const maskPattern = ["_mask"];

/** Pairs files whose masks lie beside their images; a mask that fits two images is refused. */
function pairByName(files: readonly string[], maskPattern: readonly string[]): Pairing {
  const layout = parseLayout({ masks: null, maskPattern });
  const { ambiguous, ...pairing } = pairFiles(files, layout);
  assertEquals(ambiguous, []);
  return pairing;
}

/** A data directory with these (empty) files. */
async function withFiles(
  files: string[],
  use: (data: DataFolder) => Promise<void>,
): Promise<void> {
  await inTemporaryFolder(async (root) => {
    for (const file of files) {
      const path = `${root}/${file}`;
      Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      Deno.writeTextFileSync(path, "");
    }
    await use(await DataFolder.open(root));
  });
}

Deno.test("discover() pairs flat and nested folders and sorts them", async () => {
  const files = [
    "normal/normal (1).png",
    "normal/normal (1)_mask.png",
    "benign/benign (4).png",
    "benign/benign (4)_mask.png",
    "benign/benign (4)_mask_1.png",
    "top.JPG",
    "top_mask.Jpeg",
    "notes.txt",
    "notes_mask.txt",
  ];
  await withFiles(files, async (data) => {
    const { pairs, unmasked, orphans } = await discover(data, { maskPattern });
    assertEquals({ pairs, unmasked, orphans }, {
      pairs: [
        {
          image: "benign/benign (4).png",
          masks: ["benign/benign (4)_mask.png", "benign/benign (4)_mask_1.png"],
        },
        { image: "normal/normal (1).png", masks: ["normal/normal (1)_mask.png"] },
        { image: "top.JPG", masks: ["top_mask.Jpeg"] },
      ],
      unmasked: [],
      orphans: [],
    });
    const inner = await discover(data, { maskPattern, within: "benign" });
    assertEquals(inner.pairs.map(({ image }) => image), ["benign/benign (4).png"]);
  });
});

Deno.test("discover() leaves out runs, predictions, hidden entries and links to them", async () => {
  const inputs = ["a.png", "a_mask.png"];
  const outputs = [
    "runs/first/samples/a.png",
    "runs/first/predictions/a_mask.png",
    "runs/first/predictions/predictions.json",
    "study/runs/second/loss.png",
    "out/predictions.json",
    "out/a_mask.png",
    "out/more/b_mask.png",
    ".cache/c.png",
    ".d.png",
  ];
  await withFiles([...inputs, ...outputs], async (data) => {
    link("runs/first/samples", `${data.root}/best`);
    link("out/a_mask.png", `${data.root}/e_mask.png`);
    assertEquals(await listImages(data), inputs);
    assertEquals((await discover(data, { maskPattern })).pairs.length, 1);
    await assertRejects(() => listImages(data, "out"), InputError, "no images in");
  });
});

Deno.test("discover() says what it looked for and where when there is no image", async () => {
  await withFiles(["sub/notes.txt", "scan.jp2"], async (data) => {
    const error = await assertRejects(() => discover(data, { maskPattern }), InputError);
    assertStringIncludes(error.message, data.root);
    assertStringIncludes(
      error.message,
      ".png, .jpg, .jpeg, .tif, .tiff, .bmp, .gif, .webp, .dcm, .dicom and .ima",
    );
  });
});

Deno.test("masks lie beside DICOM images, whatever those are called", async () => {
  const dicom = dicomFile({ width: 1, height: 1, pixels: Uint8Array.of(1) });
  const masksOf = async (...names: string[]) => {
    const data = new MemoryStore(names.map((name) => [name, dicom]));
    const { pairs } = await discover(data, {});
    return pairs.map(({ image, masks }) => [image, ...masks]);
  };
  assertEquals(
    await masksOf("IM_1.dcm", "IM_1_mask.png", "IM_2.IMA", "IM_2_mask.png"),
    [["IM_1.dcm", "IM_1_mask.png"], ["IM_2.IMA", "IM_2_mask.png"]],
  );
  assertEquals(
    await masksOf("DICOMDIR", "IM1", "IM1_mask.png", "1.2.840.17", "1.2.840.17_mask.png"),
    [["1.2.840.17", "1.2.840.17_mask.png"], ["IM1", "IM1_mask.png"]],
  );
  assertEquals(
    await masksOf("images/1.2.17", "images/1.2.18", "masks/1.2.17.png", "masks/1.2.18.png"),
    [["images/1.2.17", "masks/1.2.17.png"], ["images/1.2.18", "masks/1.2.18.png"]],
  );
  assertEquals(await masksOf("a.dcm", "a.png", "b.dcm", "b.png"), [
    ["a.dcm", "a.png"],
    ["b.dcm", "b.png"],
  ]);
});

Deno.test("discover() refuses a link out of the data directory", async () => {
  await withFiles(["a.png", "a_mask.png"], async (data) => {
    link("/etc", `${data.root}/linked`);
    await assertRejects(() => discover(data, { maskPattern }), InputError, "linked");
  });
});

Deno.test("pairByName() takes the whole rest of the name, never a part of it", () => {
  const pairing = pairByName(
    ["a (1).png", "a (11).png", "a (1)_mask.png", "a (11)_mask_2.png", "b/a.png", "a_mask.png"],
    maskPattern,
  );
  assertEquals(pairing, {
    pairs: [
      { image: "a (1).png", masks: ["a (1)_mask.png"] },
      { image: "a (11).png", masks: ["a (11)_mask_2.png"] },
    ],
    unmasked: ["b/a.png"],
    orphans: ["a_mask.png"],
  });
});

Deno.test("pairByName() orders masks by number", () => {
  const masks = ["_mask", "_mask_1", "_mask_2", "_mask_10"].map((end) => `a${end}.png`);
  const { pairs } = pairByName(["a.png", ...masks.toReversed()], maskPattern);
  assertEquals(pairs, [{ image: "a.png", masks }]);
});

Deno.test("pairByName() takes the pattern as plain text", () => {
  const pairing = pairByName(["a.png", "a.seg+.png", "axseg++.png"], [".seg+"]);
  assertEquals(pairing.pairs, [{ image: "a.png", masks: ["a.seg+.png"] }]);
  assertEquals(pairing.unmasked, ["axseg++.png"]);
});

Deno.test("pairByName() knows names that look like masks only from afar", () => {
  const files = ["x_mask_a.png", "x_masked.png", "x_mask_.png", "mask.png", "x_Mask.png"];
  assertEquals(pairByName(files, maskPattern).unmasked, files.toSorted());
  assertEquals(pairByName(["_mask.png"], maskPattern).orphans, ["_mask.png"]);
});

Deno.test("discover() refuses a mask that could belong to two images", async () => {
  await withFiles(["a.jpg", "a.png", "a_mask.png"], async (data) => {
    const error = await assertRejects(() => discover(data, { maskPattern }), InputError);
    assertStringIncludes(error.message, "a_mask.png could be the mask of a.jpg or a.png");
  });
  assertEquals(pairByName(["a.jpg", "a.png"], maskPattern).unmasked, ["a.jpg", "a.png"]);
});

Deno.test("pairByName() refuses a pattern that no mask can have", () => {
  assertThrows(() => pairByName(["a.png"], [""]), InputError, "mask pattern");
  assertThrows(() => pairByName(["a.png"], ["masks/"]), InputError, "folders of masks");
});

Deno.test("checkPairing() lists the first ten images without a mask and names the way out", () => {
  const unmasked = Array.from({ length: 12 }, (_, i) => `image${String(i).padStart(2, "0")}.png`);
  const pairing = { pairs: [{ image: "z.png", masks: ["z_mask.png"] }], unmasked, orphans: [] };
  const { message } = assertThrows(
    () => checkPairing(pairing, { missingMasks: "error" }),
    InputError,
  );
  assertStringIncludes(message, "12 images have no mask");
  for (const name of unmasked.slice(0, 10)) assertStringIncludes(message, name);
  assert(!message.includes("image10.png"));
  assertStringIncludes(message, "and 2 more");
  assertStringIncludes(message, "missingMasks empty");

  const pairs = checkPairing(pairing, { missingMasks: "empty" });
  assertEquals(pairs.length, 13);
  assertEquals(pairs[0], { image: "image00.png", masks: [] });
  assertEquals(pairs[12], { image: "z.png", masks: ["z_mask.png"] });
});

Deno.test("checkPairing() names a mask without an image, whatever is done about missing masks", () => {
  const pairing = { pairs: [], unmasked: [], orphans: ["b/x_mask.png"] };
  for (const missingMasks of ["error", "empty"] as const) {
    assertThrows(
      () => checkPairing(pairing, { missingMasks }),
      InputError,
      "1 mask has no image: b/x_mask.png",
    );
  }
});
