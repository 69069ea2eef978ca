import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InputError } from "../../../lib/core/errors.ts";
import { isMaskFolder, parseMaskFolder } from "../../../lib/dataset/layouts/mask_folders.ts";

const images = (rule: string, folder: string, root?: string) =>
  parseMaskFolder(rule, root).placesOf(folder).map(({ folder }) => folder);

Deno.test("parseMaskFolder() finds the images' folder for each kind of rule", () => {
  assertEquals(images("masks", "masks/benign"), ["benign"]);
  assertEquals(images("masks", "masks/benign", "images"), ["images/benign"]);
  assertEquals(images("masks", "masks2/benign"), []);
  assertEquals(images("a/masks", "a/masks", "a/images"), ["a/images"]);
  assertEquals(images("images=masks", "masks"), ["images"]);
  assertEquals(images("images=masks", "train/masks/benign"), ["train/images/benign"]);
  assertEquals(images("images=masks", "train/images"), []);
  assertEquals(images("data/us=labels", "x/labels"), ["x/data/us"]);
  assertEquals(images("*/masks", "benign/masks"), ["benign"]);
  assertEquals(images("*/masks", "masks/benign"), ["benign"]);
  assertEquals(images("*/masks", "masks"), [""]);
});

Deno.test("parseMaskFolder() knows folders of any name, and folders named like an image", () => {
  const places = (rule: string, folder: string) => parseMaskFolder(rule).placesOf(folder);
  assertEquals(places("images/*=masks", "a/masks"), [{ folder: "a/images", isDeep: true }]);
  assertEquals(places("*=masks", "masks"), [{ folder: "", isDeep: true }]);
  assertEquals(places("images=masks/*", "masks/x/y"), [{ folder: "images" }]);
  assertEquals(places("images=masks/*", "images/x"), []);
  assertEquals(places("*/masks/*", "a/masks/x"), [{ folder: "a" }]);
  assertEquals(places("images=masks/{}", "masks/a/q7"), [{ folder: "images/a", name: "q7" }]);
  assertEquals(places("images=masks/{}", "masks"), []);
  assertEquals(places("*/m/{}", "a/m/q7"), [{ folder: "a", name: "q7" }]);
});

Deno.test("parseMaskFolder() compares folders in Unicode's composed form", () => {
  const [composed, decomposed] = ["lésions", "lésions".normalize("NFD")];
  assertEquals(images(`images=${composed}`, `${decomposed}/a`), ["images/a"]);
  assertEquals(images(decomposed, `${composed}/a`), ["a"]);
});

Deno.test("parseMaskFolder() refuses what names no folder", () => {
  for (
    const rule of [
      "",
      "/",
      "images=",
      "=masks",
      "a=b=c",
      "*/a=b",
      "*/",
      "masks/*",
      "masks/{}",
      "a=*",
      "a/{}=b",
      "*/a=b/*",
    ]
  ) {
    assertEquals(isMaskFolder(rule), false, rule);
    const error = assertThrows(() => parseMaskFolder(rule), InputError);
    assertStringIncludes(error.message, "expected a folder such as masks");
  }
});
