import { assertEquals } from "@std/assert";
import { entryOf } from "../../lib/predict/entries.ts";
import { nothingFound } from "../../lib/predict/nothing_found.ts";
import { measure } from "../../lib/predict/predict_image.ts";

/** An image whose highest probability is `most`; the lesion has one pixel. */
const image = (name: string, most: number, threshold = 0.5, minArea = 1) => {
  const logits = Float32Array.of(-9, -9, Math.log(most / (1 - most)), -9);
  return entryOf(name, name, measure({ width: 2, height: 2, logits }, threshold, { minArea }));
};

Deno.test("nothingFound() says how near the images came, and what it may mean", () => {
  assertEquals(
    nothingFound([image("a.png", 0.12), image("b.png", 0.414), image("c.png", 0.4)], {
      threshold: 0.5,
    }),
    "no lesion in 3 of 3 images; the highest probability is 0.41, in b.png, and the threshold is 0.5: " +
      "the model may be trained too little, or on other kinds of images",
  );
  assertEquals(
    nothingFound([image("a.png", 0.000123)], { threshold: 0.5 })?.slice(0, 65),
    "no lesion in 1 of 1 image; the highest probability is 0.00012, in",
  );
});

Deno.test("nothingFound() tells small lesions that were left out from none", () => {
  assertEquals(
    nothingFound([image("a.png", 0.8, 0.5, 2)], { threshold: 0.5 }),
    "no lesion in 1 of 1 image; the highest probability is 0.80, in a.png, above the threshold of 0.5: " +
      "what was found is smaller than the smallest lesion that is kept",
  );
});

Deno.test("nothingFound() has nothing to say with a lesion, and without images", () => {
  assertEquals(
    nothingFound([image("a.png", 0.8), image("b.png", 0.1)], { threshold: 0.5 }),
    undefined,
  );
  assertEquals(nothingFound([], { threshold: 0.5 }), undefined);
});
