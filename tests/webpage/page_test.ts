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
  saved,
  setOption,
  textOf,
  withModelPage,
} from "../support/page_in_browser.ts";
import { run } from "../support/program.ts";
import { filesOf } from "../support/small_data.ts";
import { withTrained } from "../support/trained.ts";

const TRAINING = ["--size", "32", "--base-channels", "4", "--epochs", "2", "--device", "cpu"];

/** Some phantoms of other sizes than the network's, and a file that is cut off. */
function writeImages(folder: string): void {
  Deno.mkdirSync(`${folder}/more`, { recursive: true });
  for (const [k, { image }] of [...phantomSet(5, 3)].entries()) {
    const small = resizeGrey(image, 90 + 7 * k, 70);
    const isJpeg = k % 2 === 1;
    const name = `${folder}/${k < 3 ? "" : "more/"}case ${k}.${isJpeg ? "jpg" : "png"}`;
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
  name: "the page gives the bytes of predict: PNG, JPEG, a folder, a file that is cut off",
  ignore: chromium === undefined,
  fn: () =>
    withTrained(10, [[...TRAINING, "--name", "small"]], async (data) => {
      writeImages(`${data}/new`);
      const { code, stdout, stderr } = await run("page", data, "small");
      assertEquals([code, stderr], [0, ""]);
      assertStringIncludes(stdout, "runs/small/page.html");
      await withModelPage(`${data}/runs/small/page.html`, async (page, downloads) => {
        assertEquals(await page.evaluate("document.body.dataset.engine"), "cpu");
        assertStringIncludes(String(await textOf(page, "machine")), "Self-test passed");
        await drop(page, [`${data}/new`]);
        assertStringIncludes(String(await textOf(page, "failed")), "new/cut.png");
        assertSameFiles(await saved(page, downloads), await predicted(data));
        await setOption(page, "threshold", 0.3);
        await setOption(page, "minArea", 4);
        await setOption(page, "keepLargest", true);
        await setOption(page, "mmPerPx", 0.1);
        assertSameFiles(
          await saved(page, downloads),
          await predicted(
            data,
            ...["--threshold", "0.3", "--min-area", "4", "--keep-largest", "--mm-per-px", "0.1"],
          ),
        );
      });
      const size = Deno.statSync(`${data}/runs/small/page.html`).size;
      const model = Deno.statSync(`${data}/runs/small/best.safetensors`).size;
      assert(size - model * 4 / 3 < 1.5e6, `${size} bytes with a model of ${model}`);
    }),
});
