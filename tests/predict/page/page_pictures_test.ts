import { assert, assertEquals } from "@std/assert";
import { hasPage } from "../../../lib/predict/predict_files.ts";
import { MOST_PAGE_IMAGES, PagePictures } from "../../../lib/predict/page/page_pictures.ts";
import { madeUpPrediction } from "../../support/made_up_predictions.ts";

const large = madeUpPrediction(0, 700, 350, 0.5);

Deno.test("the pictures of a page shrink with their number, from 3,000 on without probabilities", async () => {
  const expected: [number, number, boolean][] = [
    [100, 640, true],
    [400, 448, true],
    [1000, 320, true],
    [3000, 192, true],
    [3001, 128, false],
    [10_000, 128, false],
  ];
  for (const [images, side, hasMap] of expected) {
    const pictures = new PagePictures(images, 0.5);
    pictures.add("a.png", await pictures.make(large.mask, large));
    const { width, height, map } = pictures.of("a.png")!;
    assertEquals([width, height, map !== undefined], [side, side / 2, hasMap], `${images} images`);
    assertEquals(pictures.leftOut, { allMaps: !hasMap, pictures: 0, maps: 0 });
  }
});

Deno.test("a page takes bytes up to its limit: first probabilities are left out, then pictures", async () => {
  const one = new PagePictures(1, 0.5);
  one.add("a.png", await one.make(large.mask, large));
  const { jpeg, outline, map } = one.of("a.png")!;
  const whole = jpeg.length + outline.length + map!.length;
  const pictures = new PagePictures(3, 0.5, whole + jpeg.length + outline.length);
  const picture = await pictures.make(large.mask, large);
  for (const name of ["a.png", "b.png", "c.png"]) pictures.add(name, picture);
  assert(pictures.of("a.png")!.map !== undefined);
  assertEquals(pictures.of("b.png")!.map, undefined);
  assertEquals(pictures.of("c.png"), undefined);
  assertEquals(pictures.leftOut, { allMaps: false, pictures: 1, maps: 1 });
});

Deno.test("a prediction of more than 10,000 images has no page, and a shard has none", () => {
  assert(hasPage(MOST_PAGE_IMAGES) && !hasPage(MOST_PAGE_IMAGES + 1));
  assert(!hasPage(5, { index: 1, count: 2 }));
});
