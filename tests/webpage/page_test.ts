/**
 * The page of a model computes in Chromium, from a file and without a network, what `predict` does.
 *
 * @module
 */
import { inflateSync } from "node:zlib";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { encodeGreyJpeg } from "../../lib/image/codecs/jpeg_encode.ts";
import { phantomSet } from "../../lib/dataset/phantoms/phantoms.ts";
import { encodeGrey } from "../../lib/image/codecs/encode.ts";
import { resizeGrey } from "../../lib/image/resize.ts";
import {
  chromium,
  drop,
  dropOnly,
  isTrue,
  saved,
  setOption,
  textOf,
  withModelPage,
} from "../support/page_in_browser.ts";
import type { Page } from "../support/chromium.ts";
import { emulate, faults, keepPicture, loadAxe, LOOKS, OVERFLOW, SIZES } from "../support/looks.ts";
import { run } from "../support/program.ts";
import { goldenDicoms } from "../support/golden_dicoms.ts";
import { filesOf } from "../support/small_data.ts";
import { withTrained } from "../support/trained.ts";

const TRAINING = ["--size", "32", "--base-channels", "4", "--epochs", "2", "--device", "cpu"];

/** Some phantoms of other sizes than the network's, DICOM, and a file that is cut off. */
function writeImages(folder: string): void {
  Deno.mkdirSync(`${folder}/more`, { recursive: true });
  const scans = goldenDicoms();
  for (const [name, scan] of [["case 3.dcm", "mono2_jls"], ["IM4", "rgb_j2k"]]) {
    const { bytes } = scans.find(({ name }) => name === scan)!;
    Deno.writeFileSync(`${folder}/more/${name}`, bytes);
  }
  for (const [k, { image }] of [...phantomSet(3, 3)].entries()) {
    const small = resizeGrey(image, 90 + 7 * k, 70);
    const isJpeg = k % 2 === 1;
    const name = `${folder}/case ${k}.${isJpeg ? "jpg" : "png"}`;
    Deno.writeFileSync(name, isJpeg ? encodeGreyJpeg(small, 90) : encodeGrey(small));
  }
  const cut = Deno.readFileSync(`${folder}/case 0.png`).slice(0, 500);
  Deno.writeFileSync(`${folder}/cut.png`, cut);
}

/** The files of a prediction; the page makes no contact sheet. */
async function predicted(data: string, ...options: string[]): Promise<Map<string, Uint8Array>> {
  const { stderr } = await run("predict", data, "new", "--device", "cpu", ...options);
  assertStringIncludes(stderr, "cut.png");
  const files = filesOf(`${data}/runs/small/predictions`);
  files.delete("contact_sheet.png");
  return files;
}

function assertSameFiles(
  got: ReadonlyMap<string, Uint8Array>,
  expected: ReadonlyMap<string, Uint8Array>,
): void {
  assertEquals([...got.keys()].sort(), [...expected.keys()].sort());
  const other = [...expected].filter(([name, bytes]) =>
    bytes.toBase64() !== got.get(name)!.toBase64()
  );
  // Browser and Deno each deflate probabilities in a page in their own way.
  const names = other.map(([name]) => name).filter((name) => name !== "predictions.html");
  assertEquals(names, []);
  const [page, wanted] = [got, expected].map((files) => inflated(files.get("predictions.html")!));
  assertEquals(page, wanted);
}

/** The text of a page of predictions with its probabilities inflated. */
function inflated(bytes: Uint8Array): string {
  let maps = 0;
  const text = new TextDecoder().decode(bytes).replaceAll(/"eJ[\w+/]+=*"/g, (map) => {
    maps++;
    return inflateSync(Uint8Array.fromBase64(map.slice(1, -1))).toString("base64");
  });
  assertEquals(maps, 5);
  return text;
}

Deno.test({
  name: "the page gives the bytes of predict: PNG, JPEG, DICOM, a folder, a file that is cut off",
  ignore: chromium === undefined,
  fn: () =>
    withTrained(10, [[...TRAINING, "--name", "small"]], async (data) => {
      writeImages(`${data}/new`);
      const { code, stdout, stderr } = await run("page", data, "small");
      assertEquals([code, stderr], [0, ""]);
      assertStringIncludes(stdout, "runs/small/page.html");
      await withModelPage(`${data}/runs/small/page.html`, async (page, downloads) => {
        assertEquals(await page.evaluate("document.body.dataset.engine"), "cpu");
        assertEquals(
          await textOf(page, "machine"),
          "Ready: 2 images at a time, on the processor. Self-test passed.",
        );
        await stopsAndGoesOn(page, `${data}/new`);
        assertStringIncludes(String(await textOf(page, "failed")), "new/cut.png");
        assertSameFiles(await saved(page, downloads), await predicted(data));
        await looksWell(page);
        await enlarges(page);
        await setOption(page, "threshold", 0.3);
        await setOption(page, "minArea", 4);
        await setOption(page, "keepLargest", true);
        await setOption(page, "mmPerPx", 0.1);
        const expected = await predicted(
          data,
          ...["--threshold", "0.3", "--min-area", "4", "--keep-largest", "--mm-per-px", "0.1"],
        );
        const lesions = new TextDecoder().decode(expected.get("measurements.csv")).split("\r\n");
        assert(lesions.length > 3, "there are lesions at this threshold");
        assertSameFiles(await saved(page, downloads), expected);
        await compares(page, `${data}/masked`);
      });
      const size = Deno.statSync(`${data}/runs/small/page.html`).size;
      const model = Deno.statSync(`${data}/runs/small/best.safetensors`).size;
      assert(size - model * 4 / 3 < 1.5e6, `${size} bytes with a model of ${model}`);
    }),
});

/** On a phone and on a screen, in light and dark, nothing juts out and axe finds no fault. */
async function looksWell(page: Page): Promise<void> {
  await loadAxe(page);
  for (const size of SIZES.slice(0, 2)) {
    for (const look of LOOKS.slice(0, 2)) {
      await emulate(page, size, look);
      await keepPicture(page, size, `page-${size.name}-${look.name}`);
      assertEquals(await page.evaluate(OVERFLOW), 0, `${size.name}, ${look.name}`);
      assertEquals(await faults(page), [], `${size.name}, ${look.name}`);
    }
  }
}

/** A picture enlarges; keys move the threshold, and lead to the next picture and back. */
async function enlarges(page: Page): Promise<void> {
  const press = (key: string) =>
    page.evaluate(`document.activeElement.dispatchEvent(
      new KeyboardEvent("keydown", { key: "${key}", bubbles: true })); 0`);
  const words = (id: string) => textOf(page, id).then(String);
  await page.evaluate(`document.querySelectorAll(".card .picture")[1].click()`);
  await isTrue(page, `viewer.dataset.ready === "1"`);
  assertStringIncludes(await words("viewer-name"), "new/case 1.jpg");
  assertStringIncludes(await words("viewer-value"), "0.50, as predicted");
  assertEquals(await page.evaluate("[state.shown.picture.width, state.shown.picture.height]"), [
    97,
    70,
  ]);
  const area = () => page.evaluate(`state.shown.mask.reduce((sum, value) => sum + value, 0)`);
  const before = await area() as number;
  for (let k = 0; k < 49; k++) await press("ArrowDown");
  assertStringIncludes(await words("viewer-value"), "0.01");
  assert(await area() as number > before);
  await press("ArrowRight");
  await isTrue(page, `viewer.dataset.ready === "2"`);
  assertStringIncludes(await words("viewer-name"), "new/case 2.png");
  assertEquals(await faults(page), [], "the viewer");
  await page.evaluate(`viewer.close()`);
  await isTrue(page, `document.activeElement === document.querySelectorAll(".card .picture")[2]`);
}

/**
 * Stopped at the first outline, it ends what is begun, two images at most; then it goes on to the
 * end.
 */
async function stopsAndGoesOn(page: Page, folder: string): Promise<void> {
  await page.evaluate(`new MutationObserver((_, observer) => {
    if (document.querySelector(".card svg") === null) return;
    observer.disconnect();
    document.getElementById("stop").click();
  }).observe(document.getElementById("gallery"), { subtree: true, childList: true })`);
  await dropOnly(page, [folder]);
  const words = `document.getElementById("progress-words").textContent`;
  await isTrue(page, `/^[1-3] of 6 images done; stopped.$/.test(${words})`);
  assertEquals(await textOf(page, "stop"), "Go on");
  await page.evaluate(`document.getElementById("stop").click()`);
  await isTrue(page, `document.body.dataset.done === "true"`);
  assertEquals(await page.evaluate(`document.getElementById("stop").hidden`), true);
}

/** A mask that is dropped beside its image is no image; the viewer compares with it. */
async function compares(page: Page, folder: string): Promise<void> {
  Deno.mkdirSync(folder);
  const [{ image, masks }] = phantomSet(1, 3);
  const files = {
    "a.png": encodeGrey(image),
    "a_mask.png": encodeGrey(masks[0].image),
    "b.png": encodeGrey(image),
    "b_mask.png": encodeGrey(masks[0].image).subarray(0, 90),
  };
  for (const [name, bytes] of Object.entries(files)) Deno.writeFileSync(`${folder}/${name}`, bytes);
  await page.evaluate(`document.getElementById("clear").click()`);
  await drop(page, Object.keys(files).map((name) => `${folder}/${name}`));
  assertStringIncludes(String(await textOf(page, "notes")), "2 files named like masks: left out");
  assertEquals(await page.evaluate(`document.querySelectorAll(".card").length`), 2);
  await page.evaluate(`document.querySelector(".card .picture").click()`);
  await isTrue(page, `viewer.dataset.ready === "0"`);
  const truth = await page.evaluate(`state.shown.truth.mask.reduce((sum, is) => sum + is, 0)`);
  assertEquals(truth, masks[0].image.pixels.filter((value) => value > 127).length);
  assertStringIncludes(String(await textOf(page, "viewer-at")), "Dice");
  await page.evaluate(`actions.next()`);
  await isTrue(page, `viewer.dataset.ready === "1"`);
  assertStringIncludes(String(await textOf(page, "viewer-figures")), "b_mask.png is cut off");
  assertEquals(await page.evaluate(`state.shown.truth`), undefined);
}
