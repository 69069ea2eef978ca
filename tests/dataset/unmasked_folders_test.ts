import { assertEquals } from "@std/assert";
import { leftOutLines, NOTHING } from "../../lib/dataset/left_out.ts";
import { findLayout } from "../../lib/dataset/layouts/find_layout.ts";
import { withoutUnmaskedFolders } from "../../lib/dataset/unmasked_folders.ts";

const BENIGN = ["benign/1.png", "benign/1_mask.png"];

const layoutOf = (files: string[], images: string) =>
  findLayout(files, { images, masks: null, maskPattern: null });

function taken(files: string[], within = "") {
  const { pairing, folders } = withoutUnmaskedFolders(layoutOf(files, within), within, "error");
  return { unmasked: pairing.unmasked, folders };
}

Deno.test("a folder without any mask is left out beside folders with masks", () => {
  assertEquals(taken([...BENIGN, "new/1.png", "new/2.png"]), {
    unmasked: [],
    folders: [{ folder: "new", images: 2 }],
  });
  // The highest folder is named; folders that only begin alike are others.
  assertEquals(taken([...BENIGN, "new/a/1.png", "new/b/2.png", "new2/3.png"]).folders, [
    { folder: "new", images: 2 },
    { folder: "new2", images: 1 },
  ]);
  assertEquals(taken([...BENIGN, "benign/later/2.png"]).folders, [
    { folder: "benign/later", images: 1 },
  ]);
});

Deno.test("an image without a mask beside images with masks stays an error", () => {
  assertEquals(taken([...BENIGN, "benign/2.png"]), { unmasked: ["benign/2.png"], folders: [] });
  assertEquals(taken([...BENIGN, "2.png"]), { unmasked: ["2.png"], folders: [] });
  // A folder below has masks.
  assertEquals(taken([...BENIGN, "set/2.png", "set/in/3.png", "set/in/3_mask.png"]), {
    unmasked: ["set/2.png"],
    folders: [],
  });
});

Deno.test("a folder with a mask that has no image is not left out", () => {
  const files = [...BENIGN, "new/1.png", "new/2_mask.png"];
  assertEquals(taken(files), { unmasked: ["new/1.png"], folders: [] });
});

Deno.test("a set without any mask stays whole", () => {
  assertEquals(taken(["a/1.png", "b/2.png"]), { unmasked: ["a/1.png", "b/2.png"], folders: [] });
});

Deno.test("the folder that is searched is never left out", () => {
  const files = ["set/1.png", "set/benign/2.png", "set/benign/2_mask.png", "set/new/3.png"];
  assertEquals(taken(files, "set"), {
    unmasked: ["set/1.png"],
    folders: [{ folder: "set/new", images: 1 }],
  });
});

Deno.test("the line about such folders names the first three and the way to train on them", () => {
  const folders = Array.from({ length: 5 }, (_, i) => ({ folder: `n${i}`, images: i + 1 }));
  assertEquals(leftOutLines({ ...NOTHING, unmasked: folders.slice(0, 1) }).map(String), [
    "left out: n0/ (1 image without any mask); to train on them as images without a lesion: " +
    "missingMasks empty",
  ]);
  assertEquals(
    String(leftOutLines({ ...NOTHING, unmasked: folders })[0]).includes(
      "n0/ (1 image without any mask), n1/ (2 images without any mask), n2/ (3 images without " +
        "any mask) and 2 more;",
    ),
    true,
  );
});
