import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { InputError } from "../../../lib/core/errors.ts";
import {
  comparedByValue,
  isNamePattern,
  NamePattern,
  withPlainNumbers,
} from "../../../lib/dataset/layouts/name_pattern.ts";

/** The names that a mask's image may have, without numbers. */
const images = (pattern: string, mask: string) =>
  NamePattern.parse(pattern).imagesOf(mask).map(({ name }) => name);

Deno.test("NamePattern takes what stands before a pattern as the image's name", () => {
  assertEquals(images("_mask", "x_mask.png"), ["x"]);
  assertEquals(images("_mask", "x_mask_3.png"), ["x"]);
  assertEquals(images("_mask", "x_mask3.png"), []);
  assertEquals(images("_mask", "x_Mask.png"), []);
  assertEquals(NamePattern.parse("_mask").imagesOf("x_mask_12.png"), [{ name: "x", number: 12 }]);
});

Deno.test("NamePattern knows *, {} and both sides", () => {
  assertEquals(images("_mask*", "x_mask (2).png"), ["x"]);
  assertEquals(NamePattern.parse("_mask*").imagesOf("x_mask (2).png")[0].number, 2);
  assertEquals(images("_mask*", "x_mask.png"), ["x"]);
  assertEquals(images("_mask*", "a_mask_b_mask.png"), ["a_mask_b", "a"], "the longest first");
  assertEquals(images("mask_{}", "mask_x.jpg"), ["x"]);
  assertEquals(images("bus_{}-l=mask_{}-l", "mask_7-l.png"), ["bus_7-l"]);
  assertEquals(images("{}_image_{}={}_mask_{}", "p_mask_7.png"), ["p_image_7"]);
  assertEquals(images("{}.jpg={}.png", "x.PNG"), ["x.jpg"]);
  assertEquals(images("image=mask", "mask.png"), ["image"]);
  assertEquals(images("image=mask", "mask_1.png"), ["image"]);
  assertEquals(images("*=mask", "mask.png"), [undefined]);
});

Deno.test("NamePattern knows numbers: any number, and numbers by their values", () => {
  assertEquals(images("_mask{n}", "x_mask (2).png"), ["x"]);
  assertEquals(images("_mask{n}", "x_mask.png"), ["x"]);
  assertEquals(images("_mask{n}", "x_mask_old.png"), []);
  assertEquals(NamePattern.parse("_{n}").imagesOf("x_12.png"), [{ name: "x", number: 12 }]);
  const [loose] = NamePattern.parse("img_{#}=mask_{#}").imagesOf("mask_7.png");
  assertEquals(loose, { name: "img_7", number: -1, isLoose: true });
  assertEquals(["img_007", "a0b00", "10"].map(withPlainNumbers), ["img_7", "a0b0", "10"]);
  const values = ["{}", "_mask", "mask_{}", "a{}=b{}"].map(comparedByValue);
  assertEquals(values, ["{#}", "{#}_mask", "mask_{#}", "a{#}=b{#}"]);
});

Deno.test("NamePattern tells masks from images beside them", () => {
  const isMask = (pattern: string, file: string) =>
    NamePattern.parse(pattern).imagesBeside(file).length > 0;
  assertEquals(isMask("_mask", "x_mask.png"), true);
  assertEquals(isMask("{}_0000={}", "x_0000.png"), false, "this form says more than {}");
  assertEquals(isMask("{}_0000={}", "x.png"), true);
  assertEquals(isMask("*=mask", "scan.png"), false);
});

Deno.test("NamePattern refuses patterns that no mask can have, and says what is expected", () => {
  for (
    const [pattern, words] of [
      ["", "the end of a mask's file name"],
      ["masks/{}", "folders of masks are given apart"],
      ["*a*b*c*", "at most 3"],
      ["{}_{}=mask_{}", "equally often"],
      ["a*=mask", "* alone"],
      ["{n}=mask", "{n} in the mask's name alone"],
      ["{#}={}", "equally often"],
    ]
  ) {
    assertEquals(isNamePattern(pattern), false);
    const error = assertThrows(() => NamePattern.parse(pattern), InputError);
    assertStringIncludes(error.message, words);
  }
});

Deno.test("NamePattern gives back any name that was put into it", () => {
  const name = fc.string({ minLength: 1, maxLength: 30, unit: "grapheme" })
    .filter((text) => !/[/\\]/.test(text)).map((text) => text.normalize("NFC"));
  const rules: [pattern: string, mask: (x: string) => string, image: (x: string) => string][] = [
    ["_mask", (x) => `${x}_mask`, (x) => x],
    ["_mask*", (x) => `${x}_mask (1)`, (x) => x],
    ["mask_{}", (x) => `mask_${x}`, (x) => x],
    ["bus_{}=mask_{}", (x) => `mask_${x}`, (x) => `bus_${x}`],
    ["{}_0000={}", (x) => x, (x) => `${x}_0000`],
    ["{}", (x) => x, (x) => x],
  ];
  fc.assert(fc.property(name, fc.constantFrom(...rules), (x, [pattern, mask, image]) => {
    assertEquals(images(pattern, `${mask(x)}.png`).includes(image(x)), true);
  }));
});
