/**
 * Chromium's WebGPU on SwiftShader: a second compiler of shaders, Tint, and a second adapter in
 * software.
 *
 * @module
 */
import { findChromium, type Page, withPage } from "./chromium.ts";
import { inTemporaryFolder } from "./temporary.ts";

/** The browser's path; `undefined` if none is installed, which fails where `CI` is set. */
export const chromium = findChromium();
if (chromium === undefined) {
  const words = "Chromium is not there: no shader is compiled by Tint (apt-get install chromium)";
  if (Deno.env.has("CI")) throw new Error(words);
  console.warn(`warning: ${words}`);
}

const SWIFTSHADER = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

/** Opens an empty page whose GPU is SwiftShader. `script`, a module, is run in it first. */
export function withSwiftShader<Result>(
  use: (page: Page) => Promise<Result>,
  script = "",
): Promise<Result> {
  return inTemporaryFolder(async (folder) => {
    // Pages of files may not import modules of other files.
    const inline = script.replaceAll("</script", "<\\/script");
    const text = `<!doctype html><title>GPU</title><script type="module">${inline}</script>`;
    Deno.writeTextFileSync(`${folder}/page.html`, text);
    const url = `file://${folder}/page.html`;
    return await withPage(chromium!, `${folder}/profile`, url, use, SWIFTSHADER);
  });
}

/** Calls a function in a page. Its text runs there, so it uses its argument alone. */
export async function callIn<Argument, Result>(
  page: Page,
  call: (argument: Argument) => Promise<Result>,
  argument: Argument,
): Promise<Result> {
  return await page.evaluate(`(${call})(${JSON.stringify(argument)})`) as Result;
}
