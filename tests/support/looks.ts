/**
 * How a page looks and whether everybody can use it: widths, colours, axe-core, pictures.
 *
 * `SCREENSHOTS=tests/temporary/shots` keeps pictures of whole pages, to be looked at.
 *
 * @module
 */
import axe from "axe-core/axe.min.js" with { type: "text" };
import type { Page } from "./chromium.ts";

const kept = Deno.env.get("SCREENSHOTS");

/** Whether pictures are kept. */
export const keepsPictures = kept !== undefined;

/** Widths in px; paper is A4 with margins of 10 mm. */
export const SIZES = [
  { name: "phone", width: 390, media: "" },
  { name: "screen", width: 1280, media: "" },
  { name: "paper", width: 718, media: "print" },
] as const;

/** Colours of the system, and eyes. */
export const LOOKS = [
  { name: "light", scheme: "light", deficiency: "none" },
  { name: "dark", scheme: "dark", deficiency: "none" },
  { name: "grey", scheme: "light", deficiency: "achromatopsia" },
] as const;

/** By how many px the page is wider than its window. */
export const OVERFLOW =
  `document.documentElement.scrollWidth - document.documentElement.clientWidth`;

/** Brings axe-core into a page. */
export async function loadAxe(page: Page): Promise<void> {
  await page.evaluate(`${axe}; 0`);
}

/** What axe-core calls serious or critical, by all of its rules or by some. */
export async function faults(page: Page, rules?: readonly string[]): Promise<unknown> {
  const options = { resultTypes: ["violations"], ...(rules && { runOnly: rules }) };
  return await page.evaluate(`axe.run(document, ${JSON.stringify(options)}).then(({ violations }) =>
    violations.filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => id + ": " + nodes[0].html))`);
}

/** Shows a page at a size, in colours. */
export async function emulate(
  page: Page,
  { width, media }: (typeof SIZES)[number],
  { scheme, deficiency }: (typeof LOOKS)[number],
): Promise<void> {
  const features = [{ name: "prefers-color-scheme", value: scheme }];
  await page.send("Emulation.setEmulatedMedia", { media, features });
  await page.send("Emulation.setEmulatedVisionDeficiency", { type: deficiency });
  const metrics = { width, height: 900, deviceScaleFactor: 1, mobile: false };
  await page.send("Emulation.setDeviceMetricsOverride", metrics);
  // The page learns of its new size and media a little later.
  const isShown = `innerWidth === ${width} &&
    matchMedia("(prefers-color-scheme: ${scheme})").matches &&
    matchMedia("print").matches === ${media === "print"}`;
  while (await page.evaluate(isShown) !== true) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The whole page as a picture, where pictures are kept. */
export async function keepPicture(
  page: Page,
  { width }: (typeof SIZES)[number],
  name: string,
): Promise<void> {
  if (kept === undefined) return;
  const height = await page.evaluate("document.documentElement.scrollHeight");
  const clip = { x: 0, y: 0, width, height, scale: 1 };
  const { data } = await page.send("Page.captureScreenshot", { captureBeyondViewport: true, clip });
  Deno.mkdirSync(kept, { recursive: true });
  Deno.writeFileSync(`${kept}/${name}.png`, Uint8Array.fromBase64(data as string));
}
