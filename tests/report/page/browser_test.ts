/**
 * The report in a real browser. Without Chromium these tests are skipped with a warning, and fail
 * where `CI` is set.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { reportPage } from "../../../lib/report/page/page.ts";
import { findChromium, type Page, withPage } from "../../support/chromium.ts";
import { HOSTILE, madeUpReport } from "../../support/report_data.ts";
import { inTemporaryFolder } from "../../support/temporary.ts";

const chromium = findChromium();
if (chromium === undefined) {
  const words =
    "Chromium is not there: the report is not opened in a browser (apt-get install chromium)";
  if (Deno.env.has("CI")) throw new Error(words);
  console.warn(`warning: ${words}`);
}

function inBrowser(
  name: string,
  cases: number,
  side: number,
  use: (page: Page, bytes: number) => Promise<void>,
) {
  Deno.test({
    name,
    ignore: chromium === undefined,
    fn: () =>
      inTemporaryFolder(async (folder) => {
        const text = await reportPage(madeUpReport(cases, side));
        Deno.writeTextFileSync(`${folder}/report.html`, text);
        const url = `file://${folder}/report.html`;
        await withPage(chromium!, `${folder}/profile`, url, async (page) => {
          await use(page, new TextEncoder().encode(text).length);
          assertEquals(page.complaints, []);
          assertEquals(page.requests.filter((request) => !request.startsWith("data:")), [url]);
        });
      }),
  });
}

inBrowser(
  "the report opens without a complaint or a request, charts and cases are there",
  60,
  24,
  async (page) => {
    const charts = await page.evaluate(
      `[...document.querySelectorAll("svg.chart")].filter((chart) => {
      const { width, height } = chart.getBoundingClientRect();
      return width > 200 && height > 100 && chart.querySelectorAll("path, rect, circle").length > 3;
    }).map((chart) => chart.getAttribute("aria-label")).sort()`,
    );
    assertEquals(charts, [
      "Dice of each image over the area of its lesions",
      "Histogram of the Dice of the images with a lesion",
      "Learning rate by epoch",
      "Loss by epoch, training and validation",
      "Mean Dice and IoU of the validation images by epoch",
      "Mean Dice, precision, recall and false alarms by threshold",
      "Seconds per epoch",
      "Share of lesion pixels by predicted probability",
    ]);
    // 24 cases, of which one in each group has no picture.
    assertEquals(await page.evaluate(`document.querySelectorAll(".gallery .card").length`), 24);
    assertEquals(await page.evaluate(`document.querySelectorAll(".gallery .picture").length`), 21);
    assertEquals(await page.evaluate(`document.querySelectorAll(".strip .picture").length`), 30);
    // The style sheet is let through by its hash.
    const paper = `getComputedStyle(document.body).backgroundColor`;
    await page.send("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-color-scheme", value: "light" }],
    });
    assertEquals(await page.evaluate(paper), "rgb(255, 255, 255)");
    await page.send("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-color-scheme", value: "dark" }],
    });
    assertEquals(await page.evaluate(paper), "rgb(20, 24, 29)");
    // The hostile name is there as text, and made no element.
    assertEquals(
      await page.evaluate(`document.querySelector("h1").textContent`),
      HOSTILE.replace("\u0000", "\ufffd"),
    );
    assertEquals(
      await page.evaluate(`document.querySelectorAll("img, [onerror], [onload], script").length`),
      1,
    );
  },
);

inBrowser(
  "a case enlarges on click, Esc closes it, arrows lead on, O hides the outlines",
  60,
  24,
  async (page) => {
    // Keys as the page's scripts see them. The browser's own input queue answers before or after
    // they ran, as it likes.
    const press = (key: string) =>
      page.evaluate(
        `document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "${key}", bubbles: true }))`,
      );
    const shown = () =>
      page.evaluate(`viewer.open && document.getElementById("viewer-figures").textContent`);
    const box = await page.evaluate(
      `(() => { const first = document.querySelector(".gallery .picture"); first.scrollIntoView({ block: "center" });
      const { x, y, width, height } = first.getBoundingClientRect(); return { x, y, width, height }; })()`,
    ) as { x: number; y: number; width: number; height: number };
    const middle = {
      x: box.x + box.width / 2,
      y: box.y + box.height / 2,
      button: "left",
      clickCount: 1,
    };
    assertEquals(await page.evaluate(`document.getElementById("viewer").open`), false);
    await until(page, `viewer.open`, async () => {
      await page.send("Input.dispatchMouseEvent", { type: "mousePressed", ...middle });
      await page.send("Input.dispatchMouseEvent", { type: "mouseReleased", ...middle });
    });
    assertEquals(await shown(), "Dice 0.1");
    const large = await page.evaluate(
      `document.querySelector(".stage svg").getBoundingClientRect().height`,
    ) as number;
    assert(large > 2 * box.height, `${large} px high, ${box.height} before`);
    await press("ArrowRight");
    assertEquals(await shown(), "Dice 0.2");
    await press("ArrowLeft");
    await press("ArrowLeft");
    assertEquals(await shown(), "Dice 0.5");
    const outline = `getComputedStyle(document.querySelector(".stage .predicted")).visibility`;
    assertEquals(await page.evaluate(outline), "visible");
    await press("o");
    assertEquals(await page.evaluate(outline), "hidden");
    // Esc is the browser's own way to close a dialog: it must come from the keyboard.
    await until(page, `!viewer.open && document.activeElement === group[index]`, async () => {
      const escape = { key: "Escape", windowsVirtualKeyCode: 27 };
      await page.send("Input.dispatchKeyEvent", { type: "keyDown", ...escape });
      await page.send("Input.dispatchKeyEvent", { type: "keyUp", ...escape });
    });
    assertEquals(await page.evaluate(`document.activeElement.dataset.figures`), "Dice 0.5");
  },
);

/**
 * Sends an input until a condition holds; a busy browser may drop one, or answer before it acted.
 */
async function until(page: Page, condition: string, input: () => Promise<void>): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt++) {
    await input();
    for (let wait = 0; wait < 50; wait++) {
      if (await page.evaluate(condition) === true) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error(`after a click or a key it is still not true that ${condition}`);
}

inBrowser(
  "a report of 10,000 cases opens and stays below 30 MB",
  10_000,
  384,
  async (page, bytes) => {
    assert(bytes < 30e6, `${bytes} bytes`);
    const dots = await page.evaluate(
      `document.querySelectorAll("[aria-label^='Dice of each'] circle").length`,
    );
    assertEquals(dots, 9000);
  },
);
