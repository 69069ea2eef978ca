import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { spelled } from "../../../lib/cli/options/flags.ts";
import { InputError } from "../../../lib/core/errors.ts";
import { checkPairing } from "../../../lib/dataset/check_pairing.ts";
import { findLayout, type LayoutWishes } from "../../../lib/dataset/layouts/find_layout.ts";
import { refuseRivals } from "../../../lib/dataset/layouts/refusals.ts";
import type { Pair } from "../../../lib/dataset/pairing.ts";
import { LAYOUT_CASES, pairsFor } from "../../support/layout_cases.ts";

const NUMBERS = Array.from({ length: 12 }, (_, i) => i);
const NAMES = NUMBERS.map((i) => `case${String(i).padStart(3, "0")}`);

/** The files of `of` for each of twelve names. */
const each = (of: (name: string, i: number) => readonly string[]) =>
  NAMES.flatMap((name, i) => of(name, i));
const find = (files: readonly string[], wishes: Partial<LayoutWishes> = {}) =>
  findLayout(files, { images: "", masks: null, maskPattern: null, ...wishes });
const filesOf = (pairs: readonly Pair[]) => pairs.flatMap(({ image, masks }) => [image, ...masks]);

/** What `train` says at a terminal, "" when it takes the files. */
function refusal(files: readonly string[], missingMasks: "error" | "empty" = "error"): string {
  try {
    const found = find(files);
    refuseRivals(found);
    checkPairing(found, { missingMasks });
    return "";
  } catch (error) {
    assert(error instanceof InputError, String(error));
    return spelled(error.sentence);
  }
}

for (const [name, one] of Object.entries(LAYOUT_CASES)) {
  Deno.test(`findLayout() finds the layout "${name}" and the options that tell it`, () => {
    const pairs = pairsFor(one, NAMES);
    const found = find(filesOf(pairs).reverse());
    assertEquals(found.pairs, pairs);
    assertEquals(found.layout, one.layout);
    assertEquals([found.unmasked, found.orphans, found.lookalikes, found.others], [[], [], [], []]);
    refuseRivals(found);
    const told = find(filesOf(pairs), found.layout);
    assertEquals([told.pairs, told.layout], [found.pairs, found.layout]);
  });
}

/** Distinct names of letters and digits, as cameras and people give them. */
const usualNames = fc.uniqueArray(
  fc.tuple(
    fc.constantFrom("", "a", "case", "Patient", "P1-left", "2024-01-02", "ü", "b (2)"),
    fc.constantFrom("", "-", " ", "."),
    fc.integer({ min: 0, max: 2000 }),
  ).map((parts) => parts.join("")),
  { minLength: 3, maxLength: 20 },
);

Deno.test("findLayout() pairs any usual names in any of the layouts rightly", () => {
  fc.assert(
    fc.property(usualNames, fc.constantFrom(...Object.values(LAYOUT_CASES)), (names, one) => {
      const pairs = pairsFor(one, names);
      assertEquals(find(filesOf(pairs)).pairs, pairs);
    }),
    { numRuns: 500, seed: 1 },
  );
});

Deno.test("findLayout() never makes a wrong pair in silence, whatever the names", () => {
  const part = fc.constantFrom("a", "b", "1", "2", "_", "-", " ", "mask", "image", "left", "gt");
  const anyNames = fc.uniqueArray(
    fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(""))
      .filter((name) => /[a-z\d]/.test(name)),
    { minLength: 2, maxLength: 8 },
  );
  fc.assert(
    fc.property(anyNames, fc.constantFrom(...Object.values(LAYOUT_CASES)), (names, one) => {
      const pairs = pairsFor(one, names);
      const files = filesOf(pairs);
      // One path for two files is no data set, and a name may be the mask of another one.
      const isMaskToo = names.some((name) =>
        names.some((other) =>
          other !== name &&
          one.masks(other).some((mask) =>
            mask.replace(/^.*\//, "") === one.image(name).replace(/^.*\//, "")
          )
        )
      );
      // BUSI's names are believed, whatever else they could mean.
      const isBusi = names.some((name) => name.endsWith("_mask"));
      fc.pre(new Set(files).size === files.length && !isMaskToo && !isBusi);
      if (refusal(files) === "") assertEquals(find(files).pairs, pairs);
    }),
    { numRuns: 2000, seed: 1 },
  );
});

Deno.test("findLayout() takes several folders of masks together", () => {
  const files = each((x) =>
    ["train", "val"].flatMap((part) => [`${part}_images/${x}.png`, `${part}_masks/${x}.png`])
  );
  const { pairs, layout, words } = find(files);
  assertEquals(pairs.length, 24);
  assertEquals(pairs[0], {
    image: `train_images/${NAMES[0]}.png`,
    masks: [`train_masks/${NAMES[0]}.png`],
  });
  assertEquals(layout.masks, ["train_images=train_masks", "val_images=val_masks"]);
  assertEquals(
    words,
    "train_images/ with masks of the same names in train_masks/, val_images/ with val_masks/",
  );
});

Deno.test("findLayout() takes several spellings of one word together", () => {
  const endings = ["_Mask", "_MASK", "-mask", "_mask1", "_mask (1)"];
  const { pairs } = find(each((x, i) => [`${x}.png`, `${x}${endings[i % 5]}.png`]));
  assertEquals(pairs.map(({ masks }) => masks), NAMES.map((x, i) => [`${x}${endings[i % 5]}.png`]));
});

Deno.test("findLayout() pairs names in both of Unicode's forms and keeps the paths of the disk", () => {
  const names = NAMES.map((name) => `lésion ${name}`);
  const mask = (name: string) => `${name}_mask.png`.normalize("NFD");
  const { pairs } = find(names.flatMap((name) => [`${name}.png`, mask(name)]));
  assertEquals(pairs, names.map((name) => ({ image: `${name}.png`, masks: [mask(name)] })));
});

Deno.test("findLayout() believes a word that says nothing only if every image has such a partner", () => {
  const some = each((x, i) => i === 5 ? [`${x}.png`] : [`${x}.png`, `${x}_abc.png`]);
  assertEquals(find(some).pairs, []);
  const numbered = each((x) => [`${x}.png`, `${x}_2.png`]);
  assertEquals(find(numbered).pairs, []);
  // One scan from the left has no mask: it is no mask of the other.
  const sides = each((x, i) => [
    ...[`${x}.png`, `${x}_mask.png`, `${x}_left.png`],
    ...(i === 3 ? [] : [`${x}_left_mask.png`]),
  ]);
  const { pairs, unmasked } = find(sides);
  assertEquals([pairs.length, unmasked], [23, [`${NAMES[3]}_left.png`]]);
});

Deno.test("findLayout() never shifts numbers: the mask of the next image is no mask of this one", () => {
  const files = each((x, i) => i === 0 ? [`${x} (0).png`] : [`${x} (0).png`, `${x} (1)_mask.png`]);
  assertEquals(find(files).pairs, []);
  assertStringIncludes(refusal(files), "no name of a mask matches");
});

Deno.test("two layouts that fit equally well are refused with the options that settle it", () => {
  const cases: [string[], string[]][] = [
    [each((x) => [`images/${x}.png`, `masks/${x}.png`, `labels/${x}.png`]), [
      "--masks images=masks",
      "--masks images=labels",
    ]],
    [each((x) => [`${x}.png`, `${x}_tumor.png`, `${x}_nodule.png`]), [
      "--mask-pattern _tumor",
      "--mask-pattern _nodule",
    ]],
    [each((x) => [`images/${x}.png`, `images/${x}_mask.png`, `masks/${x}.png`]), [
      "--mask-pattern _mask",
      "--masks images=masks",
    ]],
  ];
  for (const [files, options] of cases) {
    const words = refusal(files);
    assertStringIncludes(words, "fit 2 layouts equally well");
    for (const option of options) assertStringIncludes(words, option);
  }
  const told = find(cases[0][0], { masks: ["labels"] });
  assertEquals([told.pairs.length, told.pairs[0].masks], [12, [`labels/${NAMES[0]}.png`]]);
  assertEquals(told.rivals, []);
  assertEquals(told.others.map(({ kind, files }) => [kind, files.length]), [["masks/", 12]]);
});

Deno.test("findLayout() names masks of another kind and never makes images of them", () => {
  const files = each((x, i) => [
    `${x}.png`,
    ...(i % 3 === 2 ? [] : [`${x}_tumor.png`]),
    ...(i % 4 === 1 ? [`${x}_other1.png`] : []),
  ]);
  for (const wishes of [{}, { maskPattern: ["_tumor"] }]) {
    const { pairs, unmasked, others, layout } = find(files, wishes);
    assertEquals(layout.maskPattern, ["_tumor"]);
    assertEquals(pairs.length, 8);
    assertEquals(unmasked, NAMES.filter((_, i) => i % 3 === 2).map((x) => `${x}.png`));
    const other = NAMES.filter((_, i) => i % 4 === 1).map((x) => `${x}_other1.png`);
    assertEquals(others, [{ kind: "NAME_other* for NAME", files: other }]);
  }
  assertEquals(refusal(files, "empty"), "");
});

Deno.test("a file that is named like a mask is refused by name, whatever is done about missing masks", () => {
  for (const stray of ["new/mask_7.png", "new/7-GT.png", "old masks/7.png", "x_Segmentation.png"]) {
    const files = [...each((x) => [`a/${x}.png`, `a/${x}_mask.png`]), stray];
    assertEquals(find(files).lookalikes, [stray]);
    for (const missing of ["error", "empty"] as const) {
      assertStringIncludes(refusal(files, missing), stray);
    }
  }
});

Deno.test("when nothing pairs, masks are counted as masks, and the way out is named", () => {
  const apart = each((x, i) => [`images/${x}.png`, `masks/${900 - i}.png`]);
  for (const missing of ["error", "empty"] as const) {
    const words = refusal(apart, missing);
    assertStringIncludes(words, "12 images (such as images/case000.png) and 12 masks");
    assertStringIncludes(words, "the masks seem to lie in masks/, the images in images/");
    assertStringIncludes(words, "--masks masks and --mask-pattern");
    assert(!words.includes("--missing-masks"), words);
  }
  const twins = refusal(each((x) => [`A/${x}.png`, `B/${x}.png`]));
  assertStringIncludes(twins, "A/ and B/ hold files of the same names");
  assertStringIncludes(twins, "--masks B");
  const channel = refusal(each((x) => [`${x}_0000.png`, `${x}.png`]));
  assertStringIncludes(channel, "--mask-pattern _0000");
  assertStringIncludes(channel, "--mask-pattern '{}_0000={}'");
  assertStringIncludes(
    refusal(each((x) => [`${x}.png`])),
    "12 images (such as case000.png) and no mask",
  );
  assertStringIncludes(refusal(each((x) => [`${x}_mask.png`])), "12 masks have no image");
});

Deno.test("findLayout() leaves the folder of new images to the caller", () => {
  const files = [...each((x) => [`images/${x}.png`, `masks/${x}.png`]), "new/a.png", "new/b.png"];
  const { pairs, unmasked, orphans } = find(files);
  assertEquals([pairs.length, unmasked, orphans], [12, ["new/a.png", "new/b.png"], []]);
});

Deno.test("findLayout() takes told folders: mirrored, a pair, outside the images' folder", () => {
  const files = each((x) => [`A/benign/${x}.png`, `B/benign/${x}.png`]);
  const pairs = NAMES.map((x) => ({ image: `A/benign/${x}.png`, masks: [`B/benign/${x}.png`] }));
  assertEquals(find(files, { masks: ["B"] }).pairs, pairs);
  assertEquals(find(files, { masks: ["A=B"] }).pairs, pairs);
  assertEquals(find(files, { masks: ["B"], images: "A" }).pairs, pairs);
  const other = each((x) => [`A/x${x}.png`, `B/y${x}.png`]);
  const told = find(other, { masks: ["B"], maskPattern: ["x{}=y{}"] });
  assertEquals(told.pairs[0], { image: `A/x${NAMES[0]}.png`, masks: [`B/y${NAMES[0]}.png`] });
});

Deno.test("findLayout() takes a word for masks in many languages, also glued to another word", () => {
  const cases: [(x: string) => string, (x: string) => string][] = [
    [(x) => `obrazy/${x}.png`, (x) => `maski/${x}.png`],
    [(x) => `이미지/${x}.png`, (x) => `마스크/${x}.png`],
    [(x) => `beelden/${x}.png`, (x) => `maskers/${x}.png`],
    [(x) => `${x}.png`, (x) => `mask${x}.png`],
    [(x) => `train/${x}.png`, (x) => `trainannot/${x}.png`],
  ];
  for (const [image, mask] of cases) {
    const { pairs } = find(each((x) => [image(x), mask(x)]));
    assertEquals(pairs, NAMES.map((x) => ({ image: image(x), masks: [mask(x)] })));
  }
  // A masked image is no mask.
  assertEquals(find(each((x) => [`${x}.png`, `maskeds${x}.png`])).pairs.length, 0);
});

Deno.test("several kinds of folders of masks are refused, or left out beside the one that is told", () => {
  const cases: [string, string][] = [
    ["masks_a", "masks_b"],
    ["SegmentationClass", "SegmentationObject"],
    ["gt1", "gt2"],
    ["masks/left", "masks/right"],
  ];
  for (const [one, other] of cases) {
    const files = each((x) => [`images/${x}.png`, `${one}/${x}.png`, `${other}/${x}.png`]);
    const words = refusal(files);
    for (const folder of [one, other]) assertStringIncludes(words, `--masks images=${folder})`);
    assertStringIncludes(words, "to join masks of several folders, repeat --masks");
    const chosen = find(files, { masks: [`images=${one}`] });
    assertEquals(chosen.pairs[3].masks, [`${one}/${NAMES[3]}.png`]);
    assertEquals(chosen.others.map(({ files }) => files.length), [12]);
    assertEquals([chosen.unmasked, chosen.lookalikes], [[], []]);
    const both = find(files, { masks: [`images=${one}`, `images=${other}`] });
    assertEquals(both.pairs[3].masks, [`${one}/${NAMES[3]}.png`, `${other}/${NAMES[3]}.png`]);
  }
  // One folder has the plain name: the other is left out, unless it may hold more masks.
  const beside = (folder: string) =>
    each((x) => [`images/${x}.png`, `masks/${x}.png`, `${folder}/${x}.png`]);
  assertEquals(find(beside("color_masks")).others.map(({ kind }) => kind), ["color_masks/"]);
  assertStringIncludes(refusal(beside("masks_2")), "masks_2/");
  assertEquals(find(beside("masks_2"), { masks: ["masks"] }).others[0].files.length, 12);
});

Deno.test("one mask that two told folders of images could have is refused, whatever is missing", () => {
  const files = each((x) => [`images/a/${x}.png`, `images/b/${x}.png`, `masks/${x}.png`]);
  const { ambiguous } = find(files, { masks: ["images/a=masks", "images/b=masks"] });
  assertEquals(ambiguous[0].images, ["a", "b"].map((part) => `images/${part}/${NAMES[0]}.png`));
  assertStringIncludes(refusal(files, "empty"), "equally well");
});

Deno.test("numbers with and without zeros before them belong together, if it is clear", () => {
  const numbered = (image: (n: string) => string, mask: (n: string) => string) =>
    NUMBERS.flatMap((i) => [image(String(i).padStart(3, "0")), mask(String(i))]);
  for (
    const [image, mask, pattern] of [
      [(n: string) => `images/${n}.png`, (n: string) => `masks/${n}.png`, "{#}"],
      [
        (n: string) => `images/img_${n}.png`,
        (n: string) => `masks/mask_${n}.png`,
        "img_{#}=mask_{#}",
      ],
      [(n: string) => `img_${n}.png`, (n: string) => `img_${n}_mask.png`, "{#}_mask"],
    ] as const
  ) {
    const files = numbered(image, mask);
    const found = find(files);
    assertEquals(found.layout.maskPattern, [pattern]);
    assertEquals(found.pairs[7], { image: image("007"), masks: [mask("7")] });
    assertEquals([found.pairs.length, found.unmasked, found.orphans], [12, [], []]);
    const told = find(files, found.layout);
    assertEquals(told.pairs, found.pairs);
    // A missing mask stays missing.
    assertEquals(find(files.filter((file) => file !== mask("7"))).unmasked, [image("007")]);
    // Two images of one number.
    assertEquals(find([...files, image("0007")]).pairs.length, 0);
  }
});

Deno.test("a number in a pattern that is found never takes another word", () => {
  const folders = each((x, i) => [
    ...[`images/${x}.png`, `masks/${x}_1.png`, `masks/${x}_2.png`],
    ...(i === 3 ? [`masks/${x}_overlay.png`] : []),
  ]);
  const { pairs, layout, others } = find(folders);
  assertEquals(layout.maskPattern, ["_{n}"]);
  assertEquals(others.map(({ files }) => files), [[`masks/${NAMES[3]}_overlay.png`]]);
  assertEquals(pairs[3].masks, [`masks/${NAMES[3]}_1.png`, `masks/${NAMES[3]}_2.png`]);
  const beside = each((x) => [`${x}.png`, `${x}_mask1.png`, `${x}_mask_contour.png`]);
  assertStringIncludes(refusal(beside), "--mask-pattern '_mask{n}'");
});

Deno.test("further masks that are numbered belong to the image of the plain name", () => {
  const files = each((x, i) => [
    ...[`images/${x}.png`, `masks/${x}.png`],
    ...(i % 4 === 0 ? [`masks/${x}_1.png`] : []),
  ]);
  const { pairs, orphans } = find(files);
  assertEquals([pairs.length, orphans], [12, []]);
  assertEquals(pairs[4].masks, [`masks/${NAMES[4]}.png`, `masks/${NAMES[4]}_1.png`]);
});

Deno.test("a pattern that keeps the images' names comes before one that changes them", () => {
  const files = each((x) => [`${x}_ED.png`, `${x}_ED_gt.png`, `${x}_sequence.png`]);
  const { pairs, unmasked, rivals } = find(files);
  assertEquals([pairs.length, rivals], [12, []]);
  assertEquals(unmasked, NAMES.map((x) => `${x}_sequence.png`));
});

Deno.test("files that differ by their endings alone are told apart, or the option is named", () => {
  const { pairs } = find(each((x, i) => [i % 2 ? `${x}.JPG` : `${x}.jpeg`, `${x}.PNG`]));
  assertEquals([pairs.length, pairs[1].masks], [12, [`${NAMES[1]}.PNG`]]);
  const words = refusal(each((x) => [`${x}.tif`, `${x}.bmp`]));
  assertStringIncludes(words, "--mask-pattern '{}.tif={}.bmp'");
  assertStringIncludes(words, "--mask-pattern '{}.bmp={}.tif'");
  assertEquals(refusal(["image.png", "mask.png"]).includes("--mask-pattern image=mask"), true);
});

Deno.test("masks in folders of each patient: of each image, of each lesion, of each frame", () => {
  const folder = (i: number) => `P${i % 3}`;
  const named = each((x, i) => [
    ...[`${folder(i)}/${x}.png`, `${folder(i)}/masks/${x}/0.png`, `${folder(i)}/masks/${x}/1.png`],
  ]);
  assertEquals(find(named).layout.masks, ["*/masks/{}"]);
  assertEquals(find(named).pairs.length, 12);
  const lesions = each((_, i) => [
    `P${i}/images/us.png`,
    ...["lesion1", "lesion2"].map((lesion) => `P${i}/masks/${lesion}/us.png`),
  ]);
  assertStringIncludes(refusal(lesions), "--masks images=masks/lesion1)");
  const frames = each((_, i) => [`vid${i % 3}/${i}.png`, `masks/vid${i % 3}_${i}.png`]);
  assertStringIncludes(refusal(frames), "--masks vid0=masks --mask-pattern 'vid0_{}'");
});
