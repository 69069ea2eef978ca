import { assert, assertEquals, assertNotEquals } from "@std/assert";
import {
  makePhantom,
  type NamedPhantom,
  phantomSet,
} from "../../../lib/dataset/phantoms/phantoms.ts";
import { connectedComponents } from "../../../lib/image/components.ts";
import { diceOf, otsuMask } from "../../support/otsu.ts";

const SET: readonly NamedPhantom[] = [...phantomSet(48, 11)];
const withLesions = SET.filter((phantom) => phantom.folder !== "normal");

/** The share of an image that a mask covers. */
function share(mask: Uint8Array): number {
  return mask.reduce((sum, value) => sum + (value > 0 ? 1 : 0), 0) / mask.length;
}

function union({ masks }: NamedPhantom): Uint8Array {
  return masks[0].image.pixels.map((_, i) =>
    Math.max(...masks.map(({ image }) => image.pixels[i]))
  );
}

Deno.test("makePhantom() gives the same bytes for the same seed and index, others otherwise", () => {
  const options = { width: 90, height: 80, seed: 5, index: 3 };
  for (const kind of ["benign", "malignant", "normal"] as const) {
    const phantom = makePhantom(kind, options);
    assertEquals(makePhantom(kind, options), phantom);
    assertNotEquals(makePhantom(kind, { ...options, seed: 6 }).image, phantom.image);
    assertNotEquals(makePhantom(kind, { ...options, index: 4 }).image, phantom.image);
  }
});

Deno.test("phantomSet() gives the same images whatever the number asked for", () => {
  const few = [...phantomSet(5, 11)];
  assertEquals(few, SET.slice(0, 5));
});

Deno.test("phantomSet() names and mixes the images as BUSI does", () => {
  const count = (folder: string) => SET.filter((phantom) => phantom.folder === folder).length;
  assertEquals([count("benign"), count("malignant"), count("normal")], [24, 16, 8]);
  for (const folder of ["benign", "malignant", "normal"]) {
    const names = SET.filter((phantom) => phantom.folder === folder).map(({ name }) => name);
    assertEquals(names, names.map((_, k) => `${folder} (${k + 1})`));
  }
  for (const { name, masks } of SET) {
    const expected = [`${name}_mask`, `${name}_mask_1`].slice(0, masks.length);
    assertEquals(masks.map((mask) => mask.name), expected);
  }
});

Deno.test("phantomSet() varies width and height", () => {
  const sizes = SET.map(({ image }) => [image.width, image.height]);
  for (const side of sizes.flat()) assert(side >= 200 && side <= 280, `${side}`);
  assert(new Set(sizes.map(String)).size > 40);
  assert(sizes.filter(([width, height]) => width !== height).length > 40);
});

Deno.test("phantomSet() gives one mask per lesion, away from the border and 2 to 15 % of the image", () => {
  for (const { name, image, masks } of withLesions) {
    for (const mask of masks) {
      const { width, height, pixels } = mask.image;
      assertEquals([width, height], [image.width, image.height]);
      assertEquals(pixels.length, width * height);
      assert(pixels.every((value) => value === 0 || value === 255));
      const area = share(pixels);
      assert(area > 0.02 && area < 0.15, `${name}: a lesion of ${area} of the image`);
      const isOnBorder = pixels.some((value, i) => {
        const x = i % width;
        return value > 0 && (x === 0 || x === width - 1 || i < width || i >= width * (height - 1));
      });
      assert(!isOnBorder, `${name}: a lesion touches the border`);
    }
  }
});

Deno.test("phantomSet() gives some images two lesions that are apart", () => {
  const two = withLesions.filter(({ masks }) => masks.length === 2);
  const ratio = two.length / withLesions.length;
  assert(ratio >= 0.1 && ratio <= 0.15, `${two.length} of ${withLesions.length}`);
  assertEquals(new Set(two.map(({ folder }) => folder)), new Set(["benign", "malignant"]));
  for (const phantom of two) {
    const pixels = union(phantom);
    assertEquals(connectedComponents({ ...phantom.image, pixels }, 20).areas.length, 2);
  }
});

Deno.test("phantomSet() gives normal images one black mask", () => {
  for (const { masks } of SET.filter(({ folder }) => folder === "normal")) {
    assertEquals(masks.length, 1);
    assert(masks[0].image.pixels.every((value) => value === 0));
  }
});

Deno.test("phantomSet() gives lesions that are darker than the tissue around them", () => {
  for (const phantom of withLesions) {
    const { image: { width, pixels } } = phantom;
    const mask = union(phantom);
    let inside = 0, insideCount = 0, around = 0, aroundCount = 0;
    for (let i = 0; i < pixels.length; i++) {
      if (mask[i]) {
        inside += pixels[i];
        insideCount++;
      } else if (mask[i - 10] || mask[i + 10] || mask[i + 10 * width]) {
        around += pixels[i];
        aroundCount++;
      }
    }
    const contrast = around / aroundCount - inside / insideCount;
    assert(contrast > 15, `${phantom.name}: contrast ${contrast}`);
  }
});

Deno.test("phantomSet() is too hard for a threshold: Otsu's largest dark part scores below 0.6", () => {
  const scores = withLesions.map((phantom) => diceOf(otsuMask(phantom.image), union(phantom)));
  const mean = scores.reduce((a, b) => a + b) / scores.length;
  assert(mean < 0.6, `mean Dice ${mean}`);
});

Deno.test("otsuMask() finds a dark disc on a bright ground", () => {
  const side = 64;
  const disc = Uint8Array.from({ length: side * side }, (_, i) => {
    return Math.hypot(i % side - 30, Math.floor(i / side) - 34) < 12 ? 255 : 0;
  });
  const pixels = disc.map((value, i) => (value ? 40 : 150) + (i * 37) % 21);
  assert(diceOf(otsuMask({ width: side, height: side, pixels }), disc) > 0.95);
});
