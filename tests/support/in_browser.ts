/**
 * Tests of pages in a real browser. Without Chromium they are skipped with a warning, and fail
 * where `CI` is set.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { findChromium, type Page, withPage } from "./chromium.ts";
import { inTemporaryFolder } from "./temporary.ts";

const chromium = findChromium();
if (chromium === undefined) {
  const words = "Chromium is not there: no page is opened in a browser (apt-get install chromium)";
  if (Deno.env.has("CI")) throw new Error(words);
  console.warn(`warning: ${words}`);
}

/** Tests a page, which must neither complain nor ask for anything. `use` takes its bytes, too. */
export function inBrowser(
  name: string,
  make: () => Promise<string>,
  use: (page: Page, bytes: number) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: chromium === undefined,
    fn: () =>
      inTemporaryFolder(async (folder) => {
        const text = await make();
        Deno.writeTextFileSync(`${folder}/page.html`, text);
        const url = `file://${folder}/page.html`;
        await withPage(chromium!, `${folder}/profile`, url, async (page) => {
          await use(page, new TextEncoder().encode(text).length);
          assertEquals(page.complaints, []);
          assertEquals(page.requests.filter((request) => !request.startsWith("data:")), [url]);
        });
      }),
  });
}
