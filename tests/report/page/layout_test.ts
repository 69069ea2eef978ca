/**
 * How the report looks in a real browser: on a phone, on a screen and on paper, in light and dark
 * colours and in grey, and whether everybody can use it (axe-core).
 *
 * `SCREENSHOTS=tests/temporary/shots` keeps pictures of the whole pages, to be looked at.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { reportPage } from "../../../lib/report/page/page.ts";
import { findChromium, withPage } from "../../support/chromium.ts";
import {
  emulate,
  faults,
  keepPicture,
  keepsPictures,
  loadAxe,
  LOOKS,
  OVERFLOW,
  SIZES,
} from "../../support/looks.ts";
import { madeUpReport } from "../../support/report_data.ts";
import { inTemporaryFolder } from "../../support/temporary.ts";

const chromium = findChromium();

/** The smallest text of a chart, in px of the screen. */
const SMALLEST_TEXT = `Math.min(...[...document.querySelectorAll("svg.chart")].flatMap((chart) => {
  const scale = chart.getBoundingClientRect().width / chart.viewBox.baseVal.width;
  return [...chart.querySelectorAll("text")].map((text) =>
    scale * parseFloat(getComputedStyle(text).fontSize));
}))`;

/** The figures that are broken into several lines. */
const BROKEN_FIGURES = `[...document.querySelectorAll("td.number")].filter((cell) => {
  const range = document.createRange();
  range.selectNodeContents(cell);
  return range.getClientRects().length > 1;
}).map((cell) => cell.textContent)`;

/** The images in the chart of Dice over area. */
const DOTS = `document.querySelectorAll("[aria-label^='Dice of each'] circle").length`;

/** Links of the contents that lead nowhere. */
const DEAD_LINKS = `[...document.querySelectorAll("nav a")].map(({ hash }) => hash)
  .filter((hash) => document.querySelector(hash) === null)`;

const SCROLLING_TABLES = `[...document.querySelectorAll(".scroll")].filter((box) =>
  box.scrollWidth > box.clientWidth && getComputedStyle(box).overflowX === "auto").length`;

/** The grey levels of the outlines' colours (ITU-R BT.601). */
const LEVELS = `["predicted", "truth"].map((name) => {
  const { backgroundColor } = getComputedStyle(document.querySelector(".swatch." + name));
  const [red, green, blue] = backgroundColor.match(/\\d+/g).map(Number);
  return 0.299 * red + 0.587 * green + 0.114 * blue;
})`;

Deno.test({
  name: "the report fits a phone, a screen and paper, in all colours, and axe finds no fault",
  // The tests of browser_test.ts say where Chromium is missing.
  ignore: chromium === undefined,
  fn: () =>
    inTemporaryFolder(async (folder) => {
      const report = { ...madeUpReport(3), run: "a-name-without-a-place-to-break-".repeat(5) };
      const url = `file://${folder}/report.html`;
      Deno.writeTextFileSync(`${folder}/report.html`, await reportPage(report));
      await withPage(chromium!, `${folder}/profile`, url, async (page) => {
        assertEquals(await page.evaluate(DOTS), 3);
        assertEquals(await page.evaluate(DEAD_LINKS), []);
        await loadAxe(page);
        for (const size of SIZES) {
          for (const look of keepsPictures ? LOOKS : LOOKS.slice(0, 2)) {
            await emulate(page, size, look);
            const where = `${size.name}, ${look.name}`;
            await keepPicture(page, size, `${size.name}-${look.name}`);
            if (look.name === "grey") continue;
            assertEquals(await page.evaluate(OVERFLOW), 0, where);
            assertEquals(await page.evaluate(BROKEN_FIGURES), [], where);
          }
          const text = await page.evaluate(SMALLEST_TEXT) as number;
          assert(text >= (size.media === "print" ? 9.5 : 11), `${size.name}: ${text} px`);
          const tables = await page.evaluate(SCROLLING_TABLES) as number;
          assertEquals(tables > 0, size.name === "phone", `${size.name}: ${tables} tables`);
        }
        await emulate(page, SIZES[0], LOOKS[0]);
        assertEquals(await faults(page), []);
        await emulate(page, SIZES[0], LOOKS[1]);
        assertEquals(await faults(page, ["color-contrast"]), []);
        const [predicted, truth] = await page.evaluate(LEVELS) as number[];
        assert(predicted - truth > 40, `the outlines in grey: ${predicted} and ${truth}`);
        assertEquals(page.complaints, []);
      });
    }),
});
