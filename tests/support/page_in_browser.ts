/**
 * The page of a model in a real browser: files are dropped on it, and what it saves is read.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { readEntry, readZip } from "../../lib/formats/zip.ts";
import { findChromium, type Page, withPage } from "./chromium.ts";
import { inTemporaryFolder } from "./temporary.ts";

/** The browser's path; `undefined` if none is installed, which fails where `CI` is set. */
export const chromium = findChromium();
if (chromium === undefined) {
  const words = "Chromium is not there: no page computes in a browser (apt-get install chromium)";
  if (Deno.env.has("CI")) throw new Error(words);
  console.warn(`warning: ${words}`);
}

/** What the browser itself says of a machine without a GPU. */
const NO_GPU = "No available adapters.";

/**
 * Opens a page from the disk and waits until its model is ready. Afterwards, it has complained of
 * nothing, and asked for nothing but itself and its own Blobs.
 */
export function withModelPage(
  file: string,
  use: (page: Page, downloads: string) => Promise<void>,
  gpu?: readonly string[],
): Promise<void> {
  return inTemporaryFolder(async (folder) => {
    const url = `file://${Deno.realPathSync(file)}`;
    await withPage(
      chromium!,
      `${folder}/profile`,
      url,
      async (page) => {
        const behavior = { behavior: "allow", downloadPath: `${folder}/downloads` };
        await page.send("Page.setDownloadBehavior", behavior);
        await isTrue(page, `document.body.dataset.engine !== undefined || isTroubled()`, TROUBLED);
        assertEquals(await textOf(page, "trouble"), "");
        await use(page, `${folder}/downloads`);
        assertEquals(page.complaints.filter((words) => !words.includes(NO_GPU)), []);
        const asked = page.requests.filter((address) => !/^(data:|blob:null\/)/.test(address));
        assertEquals(asked, [url]);
      },
      gpu,
      (page) => page.send("Emulation.setHardwareConcurrencyOverride", CORES),
    );
  });
}

/** The page computes two images at a time, on any machine. */
const CORES = { hardwareConcurrency: 2 };

const TROUBLED = `globalThis.isTroubled = () => !document.getElementById("trouble").hidden; 0`;

/** Far more than the slowest page takes on a busy machine, ms. */
const PATIENCE = 10 * 60_000;

/** Waits until an expression is true. */
export async function isTrue(page: Page, condition: string, before = "0"): Promise<void> {
  await page.evaluate(before);
  const end = Date.now() + PATIENCE;
  while (await page.evaluate(condition) !== true) {
    if (Date.now() > end) {
      throw new Error(`after ten minutes it is still not true that ${condition}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The text of an element. */
export async function textOf(page: Page, id: string): Promise<unknown> {
  return await page.evaluate(`document.getElementById("${id}").textContent`);
}

/** Drops files and folders on the page, and waits until all images are computed. */
export async function drop(page: Page, paths: readonly string[]): Promise<void> {
  await dropOnly(page, paths);
  await isTrue(page, `document.body.dataset.done === "true" || isTroubled()`, TROUBLED);
  assertEquals(await textOf(page, "trouble"), "");
}

/** Drops files and folders on the page. */
export async function dropOnly(page: Page, paths: readonly string[]): Promise<void> {
  await page.evaluate(`document.body.dataset.done = "false"`);
  const data = { items: [], files: paths.map((path) => Deno.realPathSync(path)) };
  for (const type of ["dragEnter", "dragOver", "drop"]) {
    const at = { type, x: 200, y: 200, data: { ...data, dragOperationsMask: 1 } };
    await page.send("Input.dispatchDragEvent", at);
  }
}

/** Sets an option of the page, and waits until all images are measured again. */
export async function setOption(page: Page, name: string, value: unknown): Promise<void> {
  const property = typeof value === "boolean" ? "checked" : "value";
  await page.evaluate(`document.body.dataset.done = "false";
    options.${name}.${property} = ${JSON.stringify(value)};
    options.${name}.dispatchEvent(new Event("change", { bubbles: true })); 0`);
  await isTrue(page, `document.body.dataset.done === "true" || isTroubled()`, TROUBLED);
}

/** Has the page save its zip file; the files in it by name. */
export async function saved(page: Page, downloads: string): Promise<Map<string, Uint8Array>> {
  await isTrue(page, `!document.getElementById("take").disabled`);
  await page.evaluate(`document.getElementById("take").click()`);
  const found = () => {
    try {
      return [...Deno.readDirSync(downloads)].find(({ name }) => name.endsWith(".zip"));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  };
  while (found() === undefined) await new Promise((resolve) => setTimeout(resolve, 50));
  const path = `${downloads}/${found()!.name}`;
  const archive = Deno.readFileSync(path);
  Deno.removeSync(path);
  const files = new Map<string, Uint8Array>();
  for (const [name, entry] of readZip(archive)) {
    assert(name.startsWith("predictions/"), name);
    files.set(name.slice("predictions/".length), readEntry(archive, entry, 2 ** 30));
  }
  return files;
}
