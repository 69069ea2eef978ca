import { assertEquals, assertStringIncludes } from "@std/assert";
import { encodeGrey } from "../../lib/image/codecs/encode.ts";
import { run } from "../support/program.ts";
import { filesOf, writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

Deno.test("inspect goes on past bad files, writes what it found and never takes it for images", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 12);
    Deno.writeTextFileSync(`${data}/benign/benign (2).png`, "no image");
    Deno.copyFileSync(`${data}/benign/benign (1).png`, `${data}/malignant/x.png`);
    Deno.copyFileSync(`${data}/benign/benign (1)_mask.png`, `${data}/malignant/x_mask.png`);
    const labels = Uint8Array.from({ length: 32 * 32 }, (_, i) => Math.floor(i / 400));
    const map = encodeGrey({ width: 32, height: 32, pixels: labels });
    Deno.writeFileSync(`${data}/benign/benign (3)_mask.png`, map);
    const { code, stdout, stderr } = await run("inspect", data);
    assertEquals([code, stderr], [0, ""]);
    for (
      const words of [
        "error: files that cannot be read (1)",
        "benign/benign (2).png",
        "choose it with --mask-class 1",
        "2 images in 1 group",
        "warning: images that show the same, in two classes (1)",
        "train refuses these images until",
      ]
    ) assertStringIncludes(stdout, words);
    const files = filesOf(`${data}/inspect`);
    assertEquals(files.has("lesion_in_two_classes.png"), true);
    const { images } = JSON.parse(new TextDecoder().decode(files.get("inspect.json")));
    assertEquals(images, 12);
    const again = await run("inspect", data);
    assertEquals(again.stdout, stdout);
    assertEquals(filesOf(`${data}/inspect`), files);
  }));

Deno.test("inspect refuses folders that are none of its own, with exit code 2", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 2);
    const refused = async (words: string, ...args: string[]) => {
      const { code, stderr } = await run("inspect", data, ...args);
      assertEquals(code, 2, stderr);
      assertStringIncludes(stderr, words);
    };
    await refused("there is no such file or folder", "gone");
    await refused("holds no inspection", "--out", "benign");
    await refused("itself; give a folder inside it", "--out", ".");
    await refused("mask pattern", "--mask-pattern", "a/b");
  }));
