import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { entryOf, type PredictionSettings } from "../../../lib/predict/entries.ts";
import { PagePictures } from "../../../lib/predict/page/page_pictures.ts";
import { predictionsPage, uncertaintyOf } from "../../../lib/predict/page/predictions_page.ts";
import { measure } from "../../../lib/predict/predict_image.ts";
import { madeUpLists, madeUpPrediction } from "../../support/made_up_predictions.ts";
import { HOSTILE } from "../../support/report_data.ts";

const small = madeUpPrediction(0, 24, 24, 0.5);

async function pageOf(names: readonly string[], mostBytes?: number) {
  const pictures = new PagePictures(names.length, 0.5, mostBytes);
  const lists = await madeUpLists(names, [small], 0.5, pictures);
  return { lists, pictures, text: await predictionsPage(lists, pictures) };
}

Deno.test("predictionsPage() escapes names, forbids itself everything else, says what it is of", async () => {
  const { lists, pictures } = await pageOf([HOSTILE, "b.png"]);
  const settings = { ...lists.settings, model: HOSTILE, model_sha256: "5ec0de", min_area_px: 7 };
  const failed = [{ input: HOSTILE, error: HOSTILE }];
  const text = await predictionsPage({ ...lists, settings, failed }, pictures);
  assert(!/<img|<\/script><img|javascript:/i.test(text));
  // The data, and the only script that runs.
  assertEquals(text.match(/<script/g)!.length, 2);
  assertStringIncludes(text, `<script type="application/json" id="data">`);
  assert(/script-src &#39;sha256-|script-src 'sha256-/.test(text));
  for (const words of ["For research only", "5ec0de", "7 px", "Not predicted", "threshold"]) {
    assertStringIncludes(text, words);
  }
  const { lists: same, pictures: again } = await pageOf([HOSTILE, "b.png"]);
  assertEquals(
    await predictionsPage({ ...same, settings, failed }, again),
    text,
  );
});

Deno.test("predictionsPage() says what is left out, and where nothing was found", async () => {
  const { text } = await pageOf(["a.png", "b.png"], 10);
  assertStringIncludes(text, "The pictures of 2 images are left out");
  const logits = new Float32Array(16).fill(-1);
  const pictures = new PagePictures(4000, 0.5);
  const none = measure({ width: 4, height: 4, logits }, 0.5);
  const lists = await madeUpLists(["a.png"], [none], 0.5, pictures);
  const page = await predictionsPage(lists, pictures);
  assertStringIncludes(
    page,
    "No lesion in 1 of 1 image; the highest probability is 0.27, in a.png",
  );
  assertStringIncludes(page, "the viewer shows the masks alone");
});

Deno.test("predictionsPage() gives areas in mm where an image's spacing is known, and says its source", async () => {
  const { lists, pictures } = await pageOf(["a.png", "b.png"]);
  const [first, second] = lists.images;
  const images = [{ ...first, mm_per_px: [0.5, 0.25] as const }, second];
  const pageWith = async (settings: Partial<PredictionSettings>) =>
    await predictionsPage(
      { ...lists, images, settings: { ...lists.settings, ...settings } },
      pictures,
    );
  const page = await pageWith({ mm_per_px: null, spacings: "mm.csv", spacings_sha256: "ab" });
  const [, data] = /id="data">([^<]*)</.exec(page)!;
  const { rows } = JSON.parse(data);
  assertEquals(rows.map((row: unknown[]) => row[8]), [0.125, undefined]);
  assertStringIncludes(page, "by mm.csv<");
  assertStringIncludes(
    await pageWith({ mm_per_px: [0.1, 0.2], spacings: "mm.csv" }),
    "by mm.csv; else 0.1 mm along a row, 0.2 mm along a column",
  );
  assertStringIncludes(await pageWith({ mm_per_px: 0.1 }), "0.1 mm<");
  assertStringIncludes(await pageWith({ mm_per_px: null }), "not given");
});

Deno.test("uncertaintyOf() is the mean over the pixels of all lesions", () => {
  const { lesions: [lesion], ...rest } = entryOf("a.png", "a", small);
  const entry = { ...rest, area_px: 40 };
  const two = [
    { ...lesion, area_px: 10, flip_deviation: 0.2 },
    { ...lesion, area_px: 30, flip_deviation: 0.1 },
  ];
  assertEquals(uncertaintyOf({ ...entry, lesions: two }), 0.125);
  assertEquals(uncertaintyOf({ ...entry, lesions: [lesion] }), null);
  assertEquals(uncertaintyOf({ ...entry, area_px: 0, lesions: [] }), null);
});
