/**
 * The report in a real browser.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { reportPage } from "../../../lib/report/page/page.ts";
import { until } from "../../support/chromium.ts";
import { inBrowser } from "../../support/in_browser.ts";
import { HOSTILE, madeUpReport } from "../../support/report_data.ts";

inBrowser(
  "the report opens without a complaint or a request, charts and cases are there",
  () => reportPage(madeUpReport(60, 24)),
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
  "a case enlarges on click, keys lead on and change what is drawn, Esc closes it",
  () => reportPage(madeUpReport(60, 24)),
  async (page) => {
    // Keys as the page's scripts see them. The browser's own input queue answers before or after
    // they ran, as it likes.
    const press = (key: string) =>
      page.evaluate(
        `document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "${key}", bubbles: true }))`,
      );
    const shows = async (place: number, figures: string, input: () => Promise<unknown>) => {
      const isReady = `viewer.open && viewer.dataset.ready === "${place}"`;
      await until(page, isReady, async () => {
        // Pictures load after the key that asks for them.
        if (await page.evaluate(`viewer.open && state.index === ${place}`) !== true) await input();
      });
      const shown = await page.evaluate(`document.getElementById("viewer-figures").textContent`);
      assertEquals(shown, figures);
    };
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
    await shows(0, "Dice 0.1", async () => {
      await page.send("Input.dispatchMouseEvent", { type: "mousePressed", ...middle });
      await page.send("Input.dispatchMouseEvent", { type: "mouseReleased", ...middle });
    });
    const large = await page.evaluate(`canvas.getBoundingClientRect().height`) as number;
    assert(large > 2 * box.height, `${large} px high, ${box.height} before`);
    const last = await page.evaluate(`state.count - 1`) as number;
    await shows(1, "Dice 0.2", () => press("ArrowRight"));
    await shows(0, "Dice 0.1", () => press("ArrowLeft"));
    await shows(last, `Dice 0.${last + 1}`, () => press("ArrowLeft"));

    // The canvas is read by way of a copy, since the browser warns of reading a canvas that it
    // draws.
    const data = `(() => {
      const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
      copy.drawImage(canvas, 0, 0);
      return copy.getImageData(0, 0, canvas.width, canvas.height).data;
    })()`;
    // How much of the canvas has a colour, about.
    const share = (...rgb: number[]) =>
      page.evaluate(`(() => {
        const data = ${data};
        let count = 0;
        for (let i = 0; i < data.length; i += 4) {
          count += ${JSON.stringify(rgb)}.every((value, c) => Math.abs(data[i + c] - value) < 12);
        }
        return 4 * count / data.length;
      })()`) as Promise<number>;
    const yellow = [255, 214, 10];
    const blue = [0, 190, 255];
    assert(await share(...yellow) > 0.001 && await share(...blue) > 0.001);
    await press("o");
    assertEquals([await share(...yellow), await share(...blue)], [0, 0]);
    // The discs of truth and prediction overlap, so there are pixels of all three kinds.
    const parts =
      `["hit", "missed", "false"].map((kind) => state.shown.kinds.find(([one]) => one === kind)[0])`;
    assertEquals(await page.evaluate(parts), ["hit", "missed", "false"]);
    const sum = `${data}.reduce((sum, value) => sum + value, 0)`;
    const plain = await page.evaluate(sum);
    await press("c");
    assert(await page.evaluate(sum) !== plain);
    assertEquals(
      await page.evaluate(`document.getElementById("viewer-at").textContent`),
      "1 lesion, 145 px; Dice 0.69; hit 87 px, missed 22 px, false 58 px.",
    );
    // This picture has no probabilities in the page.
    assertEquals(await page.evaluate(`slider.checkVisibility()`), false);

    // Esc is the browser's own way to close a dialog: it must come from the keyboard. The browser
    // gives the focus back to the picture that was clicked, then the page to the one last shown.
    await until(
      page,
      `!viewer.open && document.activeElement.dataset.figures === "Dice 0.${last + 1}"`,
      async () => {
        const escape = { key: "Escape", windowsVirtualKeyCode: 27 };
        await page.send("Input.dispatchKeyEvent", { type: "keyDown", ...escape });
        await page.send("Input.dispatchKeyEvent", { type: "keyUp", ...escape });
      },
    );
  },
);

inBrowser(
  "a report of 10,000 cases opens and stays below 30 MB",
  () => reportPage(madeUpReport(10_000, 384)),
  async (page, bytes) => {
    assert(bytes < 30e6, `${bytes} bytes`);
    const dots = await page.evaluate(
      `document.querySelectorAll("[aria-label^='Dice of each'] circle").length`,
    );
    assertEquals(dots, 9000);
  },
);
