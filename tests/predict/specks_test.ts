import { assertEquals } from "@std/assert";
import { specksWords } from "../../lib/cli/words/prediction_words.ts";
import type {
  LesionEntry,
  PredictionEntry,
  PredictionSettings,
} from "../../lib/predict/entries.ts";
import { countSpecks } from "../../lib/predict/specks.ts";

function image(width: number, height: number, areas: readonly number[]): PredictionEntry {
  const lesions = areas.map((area_px) => ({ area_px }) as LesionEntry);
  return { width, height, lesions } as unknown as PredictionEntry;
}

const settings = (side: number, fit: "pad" | "squash" = "squash") =>
  ({ network_width: side, network_height: side, fit }) as PredictionSettings;

Deno.test("countSpecks() counts lesions below one pixel of the network", () => {
  // One pixel of the network covers 5 x 4 = 20 px of the first image, 1 px of the second.
  const images = [image(640, 512, [1, 19, 20, 300]), image(128, 128, [1, 2])];
  assertEquals(countSpecks(images, settings(128)), { specks: 2, lesions: 6, minArea: 20 });
  // With padding the image has 128 x 102 px of the input, so one covers 25.1 px.
  const padded = countSpecks(images, settings(128, "pad"));
  assertEquals([padded.specks, padded.minArea], [3, 26]);
  const members = [settings(64), settings(256)] as unknown as PredictionSettings["members"];
  const both = countSpecks(images, { ...settings(64), members });
  assertEquals([both.specks, both.minArea], [1, 5]);
  assertEquals(countSpecks([], settings(128)), { specks: 0, lesions: 0, minArea: 1 });
});

Deno.test("specks are said with the option that drops them", () => {
  assertEquals(specksWords({ specks: 0, lesions: 6, minArea: 1 }), undefined);
  assertEquals(
    specksWords({ specks: 1, lesions: 6, minArea: 20 }),
    "note: 1 of 6 lesions is smaller than one pixel of the network's input; --min-area 20 leaves such specks out",
  );
  assertEquals(
    specksWords({ specks: 5, lesions: 6, minArea: 25 }),
    "note: 5 of 6 lesions are smaller than one pixel of the network's input; --min-area 25 leaves such specks out",
  );
});
