/**
 * The page of a model on many images: on WebAssembly and on SwiftShader's WebGPU the masks of
 * `predict`, and memory that does not grow with the images.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { phantomSet } from "../../lib/dataset/phantoms/phantoms.ts";
import { encodeGrey } from "../../lib/image/codecs/encode.ts";
import { encodeGreyJpeg } from "../../lib/image/codecs/jpeg_encode.ts";
import type { Page } from "../support/chromium.ts";
import {
  chromium,
  drop,
  isTrue,
  saved,
  textOf,
  withModelPage,
} from "../support/page_in_browser.ts";
import { run } from "../support/program.ts";
import { filesOf } from "../support/small_data.ts";
import { withTrained } from "../support/trained.ts";

const TRAINING = ["--size", "64", "--base-channels", "8", "--epochs", "25", "--device", "cpu"];
const SWIFTSHADER = ["--enable-unsafe-webgpu"];
const IMAGES = 20;

/** Twenty phantoms, every other one as JPEG. */
function writeImages(folder: string): void {
  Deno.mkdirSync(folder);
  for (const [k, { image }] of [...phantomSet(IMAGES, 5)].entries()) {
    const [ending, bytes] = k % 2 === 0
      ? ["png", encodeGrey(image)]
      : ["jpg", encodeGreyJpeg(image, 92)];
    Deno.writeFileSync(`${folder}/image ${k}.${ending}`, bytes);
  }
}

/** The names of the files of one kind whose bytes differ, of so many. */
function different(
  kind: string,
  got: ReadonlyMap<string, Uint8Array>,
  expected: ReadonlyMap<string, Uint8Array>,
): string[] {
  const files = [...expected].filter(([name]) => name.endsWith(kind));
  assertEquals(files.length, IMAGES);
  return files.filter(([name, bytes]) => bytes.toBase64() !== got.get(name)?.toBase64())
    .map(([name]) => name);
}

Deno.test({
  name: "a page on WebAssembly and on SwiftShader gives the masks of predict",
  ignore: chromium === undefined,
  fn: () =>
    withTrained(32, [[...TRAINING, "--name", "small"]], async (data) => {
      writeImages(`${data}/new`);
      assertEquals((await run("page", data, "small")).code, 0);
      assertEquals((await run("predict", data, "new", "--device", "cpu")).code, 0);
      const expected = filesOf(`${data}/runs/small/predictions`);
      const rows = new TextDecoder().decode(expected.get("measurements.csv")).split("\r\n").length;
      assert(rows > IMAGES, `${rows} rows`);
      const page = `${data}/runs/small/page.html`;
      await withModelPage(page, async (page, downloads) => {
        await drop(page, [`${data}/new`]);
        const got = await saved(page, downloads);
        for (const kind of ["_mask.png", "_probability.png", "_overlay.png"]) {
          assertEquals(different(kind, got, expected), [], kind);
        }
        assertEquals(got.get("measurements.csv"), expected.get("measurements.csv"));
      });
      await withModelPage(page, async (page, downloads) => {
        // An adapter in software is slower than the processor.
        assertEquals(await page.evaluate("document.body.dataset.engine"), "cpu");
        assertStringIncludes(String(await textOf(page, "details")), "computes in software");
        await page.evaluate(`options.device.value = "gpu";
          options.device.dispatchEvent(new Event("change", { bubbles: true })); 0`);
        await isTrue(page, `document.body.dataset.engine === "gpu"`);
        await drop(page, [`${data}/new`]);
        const got = await saved(page, downloads);
        assertEquals(different("_mask.png", got, expected), []);
        assert(different("_probability.png", got, expected).length > 0, "the GPU rounds otherwise");
      }, SWIFTSHADER);
    }),
});

Deno.test({
  name: "a page keeps little of each image: 300 take no more than their small pictures",
  ignore: chromium === undefined,
  fn: () =>
    withTrained(10, [[...TRAINING.with(1, "32").with(5, "1"), "--name", "small"]], async (data) => {
      const [{ image }] = phantomSet(1, 5);
      const png = encodeGrey(image);
      for (const part of ["first", "second"]) {
        Deno.mkdirSync(`${data}/${part}`);
        for (let k = 0; k < 150; k++) Deno.writeFileSync(`${data}/${part}/${part} ${k}.png`, png);
      }
      assertEquals((await run("page", data, "small")).code, 0);
      await withModelPage(`${data}/runs/small/page.html`, async (page) => {
        await drop(page, [`${data}/first`]);
        const before = await heapOf(page);
        await drop(page, [`${data}/second`]);
        await isTrue(page, `document.querySelectorAll(".card svg").length === 300`);
        const each = (await heapOf(page) - before) / 150;
        assert(each < 60_000, `${each} bytes for each image of ${image.pixels.length} px`);
      });
    }),
});

/** The bytes of the page's JavaScript. */
async function heapOf(page: Page): Promise<number> {
  await page.send("HeapProfiler.collectGarbage");
  const { usedSize } = await page.send("Runtime.getHeapUsage");
  return usedSize as number;
}
