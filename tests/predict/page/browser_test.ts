/**
 * `predictions.html` in a real browser.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import axe from "axe-core/axe.min.js" with { type: "text" };
import type { PredictionLists } from "../../../lib/predict/entries.ts";
import { PagePictures } from "../../../lib/predict/page/page_pictures.ts";
import { predictionsPage } from "../../../lib/predict/page/predictions_page.ts";
import type { Prediction, PredictionOptions } from "../../../lib/predict/predict_image.ts";
import { type Page, until } from "../../support/chromium.ts";
import { inBrowser } from "../../support/in_browser.ts";
import { madeUpLists, madeUpPrediction } from "../../support/made_up_predictions.ts";
import { HOSTILE } from "../../support/report_data.ts";

/** Opens the picture of an image, and waits until it is drawn. */
async function open(page: Page, order: number): Promise<void> {
  const isReady =
    `viewer.open && viewer.dataset.ready === String(listed.indexOf(images[${order}]))`;
  await until(page, isReady, async () => {
    await page.evaluate(`viewer.open || images[${order}].button.click()`);
  });
}

/** What axe-core calls serious or critical. */
const FAULTS = `axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
  violations.filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => id + ": " + nodes[0].html))`;

/** Keys as the page's scripts see them. */
const press = (page: Page, key: string, more = "") =>
  page.evaluate(
    `document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "${key}", bubbles: true, ${more} }))`,
  );

/** The settings of a prediction by each rule, with its page. */
async function agreement(
  threshold: number,
  options: PredictionOptions,
): Promise<readonly [Prediction[], string]> {
  const predictions = [0, 1, 2].map((k) => madeUpPrediction(k, 60, 45, threshold, options));
  const pictures = new PagePictures(3, threshold);
  const names = ["a.png", "b.png", "c.png"];
  const lists: PredictionLists = await madeUpLists(names, predictions, threshold, pictures);
  const { minArea: min_area_px = 1, keepLargest: keep_largest = false } = options;
  const settings = { ...lists.settings, min_area_px, keep_largest };
  return [predictions, await predictionsPage({ ...lists, settings }, pictures)];
}

for (
  const [threshold, options] of [
    [0.5, {}],
    [0.37, { minArea: 150 }],
    [0.2, { keepLargest: true }],
  ] as const
) {
  const rule = JSON.stringify(options);
  let predictions: Prediction[] = [];
  inBrowser(
    `the viewer draws the mask that was written, pixel by pixel, at ${threshold} with ${rule}`,
    async () => {
      const [made, text] = await agreement(threshold, options);
      predictions = made;
      return text;
    },
    async (page) => {
      for (const [k, { mask, lesions, area }] of predictions.entries()) {
        await open(page, k);
        const pixels = await page.evaluate(`[...state.shown.mask].join("")`);
        assertEquals(pixels, [...mask.pixels].map((value) => value > 0 ? 1 : 0).join(""));
        const count = lesions.length === 1 ? "1 lesion" : `${lesions.length} lesions`;
        const words = `${count}, ${area.toLocaleString("en-US")} px.`;
        assertEquals(
          await page.evaluate(`document.getElementById("viewer-at").textContent`),
          words,
        );
        await page.evaluate(`viewer.close()`);
      }
    },
  );
}

inBrowser(
  "the threshold moves by slider and keys, the picture zooms, Esc gives the focus back, axe agrees",
  async () => (await agreement(0.5, {}))[1],
  async (page) => {
    await page.evaluate(`${axe}; 0`);
    assertEquals(await page.evaluate(FAULTS), []);
    await open(page, 1);
    assertEquals(await page.evaluate(FAULTS), []);
    const pixels = () => page.evaluate(`state.shown.mask.reduce((sum, value) => sum + value, 0)`);
    const at = () => page.evaluate(`document.getElementById("viewer-value").textContent`);
    const areas = [await pixels()] as number[];
    assertEquals(await at(), "0.50, as predicted");
    for (let k = 0; k < 10; k++) await press(page, "ArrowUp");
    assertEquals(await at(), "0.60");
    areas.push(await pixels() as number);
    await page.evaluate(`slider.value = 0.9; slider.dispatchEvent(new Event("input"))`);
    areas.push(await pixels() as number);
    assert(areas[0] > areas[1] && areas[1] > areas[2], areas.join());
    await page.evaluate(`viewer.querySelector("[data-action=reset]").click()`);
    assertEquals([await at(), await pixels()], ["0.50, as predicted", areas[0]]);
    // Arrows belong to the slider while it has the focus, and elsewhere lead on.
    await page.evaluate(`slider.focus()`);
    await press(page, "ArrowRight");
    assertEquals(await page.evaluate(`state.index`), 1);
    await page.evaluate(`canvas.focus()`);

    await press(page, "+");
    const middle = await page.evaluate(`state.centre.x`) as number;
    await press(page, "ArrowRight", "shiftKey: true");
    assert(await page.evaluate(`state.zoom`) as number > 1);
    assert(await page.evaluate(`state.centre.x`) as number > middle);
    await press(page, "0");
    assertEquals(await page.evaluate(`[state.zoom, state.centre.x]`), [1, 30]);
    // What is under the pointer stays there.
    const under =
      `(() => { const by = scale(); return [state.centre.x + 50 / by, state.centre.y + 20 / by]; })()`;
    const before = await page.evaluate(under) as number[];
    await page.evaluate(`zoom(4, 50, 20)`);
    const after = await page.evaluate(under) as number[];
    before.forEach((value, axis) => assert(Math.abs(value - after[axis]) < 1e-6));
    const pressed =
      `viewer.querySelector("[data-toggle=probability]").getAttribute("aria-pressed")`;
    await press(page, "p");
    assertEquals(await page.evaluate(pressed), "true");

    await until(page, `!viewer.open && document.activeElement === images[1].button`, async () => {
      const escape = { key: "Escape", windowsVirtualKeyCode: 27 };
      await page.send("Input.dispatchKeyEvent", { type: "keyDown", ...escape });
      await page.send("Input.dispatchKeyEvent", { type: "keyUp", ...escape });
    });
  },
);

inBrowser(
  "3,000 images are listed, sorted, searched and filtered; only those near the window are drawn",
  async () => {
    // Four images take turns.
    const predictions = [0, 1, 2, 3].map((k) =>
      madeUpPrediction(k, 32, 24, 0.5, { minArea: k === 3 ? 1000 : 1 })
    );
    const four = ["0.png", "1.png", "2.png", "3.png"];
    const pictures = new PagePictures(four.length, 0.5);
    const lists = await madeUpLists(four, predictions, 0.5, pictures);
    const images = Array.from({ length: 3000 }, (_, k) => ({
      ...lists.images[k % 4],
      input: k === 7 ? HOSTILE : `folder/${k}.png`,
    }));
    const of = (input: string) =>
      pictures.of(four[images.findIndex((image) => image.input === input) % 4]);
    return await predictionsPage({ ...lists, images }, { of, leftOut: pictures.leftOut });
  },
  async (page) => {
    const words = () => page.evaluate(`document.getElementById("count").textContent`);
    const first = `document.querySelector("#gallery .name").textContent`;
    await until(page, `document.querySelectorAll("#gallery svg").length > 0`, async () => {});
    assert(await page.evaluate(`document.querySelectorAll("#gallery svg").length`) as number < 300);
    assertEquals(await words(), "3,000 images. Click a picture to enlarge it.");
    const choose = (id: string, value: string) =>
      page.evaluate(
        `${id}.value = "${value}"; ${id}.dispatchEvent(new Event("${
          id === "search" ? "input" : "change"
        }"))`,
      );
    await choose("filter", "none");
    assertEquals([await words(), await page.evaluate(first)], ["750 of 3,000 images.", "3.png"]);
    await choose("filter", "all");
    await choose("sort", "area");
    const areas = await page.evaluate(`listed.map(({ area }) => area)`) as number[];
    assert(areas.every((area, k) => k === 0 || area <= areas[k - 1]));
    await choose("sort", "order");
    await page.evaluate(`reverse.click()`);
    assertEquals(await page.evaluate(first), "2999.png");
    await choose("search", "ONERROR");
    assertEquals(await words(), "1 of 3,000 images.");
    // The hostile name is there as text, and made no element.
    assertEquals(
      await page.evaluate(`document.querySelector("#gallery .name").title`),
      HOSTILE,
    );
    assertEquals(await page.evaluate(`document.querySelectorAll("img, [onerror]").length`), 0);
  },
);
