import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { connectedComponents } from "../../lib/image/components.ts";
import type { GreyImage } from "../../lib/image/image.ts";
import { cocoJson, cocoResultsJson } from "../../lib/predict/coco.ts";
import { entryOf, type PredictionEntry } from "../../lib/predict/entries.ts";
import { measure } from "../../lib/predict/predict_image.ts";
import { type CocoFile, decodeSegmentation } from "../support/coco.ts";
import { maskOf, randomMask } from "../support/masks.ts";

/** The entries of masks that were predicted. */
function entriesOf(...masks: GreyImage[]): PredictionEntry[] {
  return masks.map((mask, index) => {
    const logits = Float32Array.from(mask.pixels, (value) => value === 1 ? 1 : -1);
    return entryOf(`${index}.png`, String(index), measure({ ...mask, logits }, 0.5));
  });
}

/** The COCO file of masks that were predicted. */
function cocoOf(...masks: GreyImage[]): CocoFile {
  return JSON.parse(cocoJson(entriesOf(...masks)));
}

Deno.test("cocoJson() decoded gives each lesion back, by polygons and by run lengths", () => {
  let [polygons, runs] = [0, 0];
  fc.assert(
    fc.property(randomMask(), (mask) => {
      const { width, height } = mask;
      const { labels, areas } = connectedComponents(mask);
      const { annotations } = cocoOf(mask);
      assertEquals(annotations.length, areas.length);
      annotations.forEach(({ segmentation, area, bbox, score }, k) => {
        const own = Uint8Array.from(labels, (label) => label === k + 1 ? 1 : 0);
        assertEquals(decodeSegmentation(segmentation, width, height), own);
        assertEquals([area, bbox], [areas[k], boxOf(own, width)]);
        assert(score > 0.7 && score < 0.74);
        Array.isArray(segmentation) ? polygons++ : runs++;
      });
    }),
    { numRuns: 300, seed: 1 },
  );
  assert(polygons > 100 && runs > 100, `${polygons} by polygons, ${runs} by run lengths`);
});

Deno.test("cocoJson() has what readers look for", () => {
  const coco = cocoOf(maskOf("##.", "##.", "..."), maskOf("..."), maskOf("###", "#.#", "###"));
  assertEquals(coco.categories, [{ id: 1, name: "lesion", supercategory: "finding" }]);
  assertEquals(coco.images, [
    { id: 1, file_name: "0.png", width: 3, height: 3 },
    { id: 2, file_name: "1.png", width: 3, height: 1 },
    { id: 3, file_name: "2.png", width: 3, height: 3 },
  ]);
  assertEquals(coco.annotations.map(({ id, image_id }) => [id, image_id]), [[1, 1], [2, 3]]);
  assertEquals(coco.annotations[0].segmentation, [[0, 0, 2, 0, 2, 2, 0, 2]]);
  assertEquals(coco.annotations[1].segmentation, { size: [3, 3], counts: "0410" });
  for (const { category_id, iscrowd } of coco.annotations) {
    assertEquals([category_id, iscrowd], [1, 0]);
  }
});

Deno.test("cocoResultsJson() is a list of detections that loadRes takes, all as run lengths", () => {
  fc.assert(
    fc.property(randomMask(), randomMask(), (...masks) => {
      const entries = entriesOf(...masks);
      const { annotations } = JSON.parse(cocoJson(entries)) as CocoFile;
      const results = JSON.parse(cocoResultsJson(entries)) as CocoFile["annotations"];
      assertEquals(results.length, annotations.length);
      results.forEach((result, k) => {
        const { image_id, category_id, score, area } = annotations[k];
        const { segmentation, ...others } = result;
        // With a box, loadRes would take its area for the mask's.
        assertEquals(others as unknown, { image_id, category_id, score, area });
        // loadRes tells polygons from masks by the first result, so all must be run lengths.
        assert(!Array.isArray(segmentation));
        const { width, height } = masks[image_id - 1];
        assertEquals(segmentation.size, [height, width]);
        assertEquals(
          decodeSegmentation(segmentation, width, height),
          decodeSegmentation(annotations[k].segmentation, width, height),
        );
      });
    }),
    { numRuns: 200, seed: 2 },
  );
  assertEquals(cocoResultsJson(entriesOf(maskOf("..."))), "[]\n");
  const [ring] = JSON.parse(cocoResultsJson(entriesOf(maskOf("###", "#.#", "###"))));
  assertEquals(ring.segmentation, { size: [3, 3], counts: "0410" });
});

/** x, y, width, height of the pixels of a mask. */
function boxOf(mask: Uint8Array, width: number): number[] {
  const inside = [...mask.keys()].filter((index) => mask[index] === 1);
  const [xs, ys] = [inside.map((i) => i % width), inside.map((i) => Math.floor(i / width))];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return [x, y, Math.max(...xs) - x + 1, Math.max(...ys) - y + 1];
}
