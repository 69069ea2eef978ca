import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { decodeImage } from "../../../lib/image/codecs/decode.ts";
import { html, raw } from "../../../lib/page/html.ts";
import { reportPage } from "../../../lib/report/page/page.ts";
import { resultsPicture } from "../../../lib/report/page/results_picture.ts";
import { HOSTILE, madeUpReport } from "../../support/report_data.ts";

Deno.test("html escapes every value but HTML, in text and in attributes", () => {
  const { text } = html`<p title="${HOSTILE}">${[HOSTILE, raw("<b>")]}${null}${false}${0}</p>`;
  assert(!/<img|<\/script|'/.test(text), text);
  assertStringIncludes(text, "<b>0</p>");
  assertStringIncludes(text, "&#39; onload=&#39;alert(2)&#39; &amp; &quot;quoted&quot; \ufffd.png");
});

Deno.test("reportPage() forbids itself everything but its own style, script and pictures", async () => {
  const page = await reportPage(madeUpReport(30));
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)![1].replaceAll(
    "&#39;",
    "'",
  );
  assertMatch(
    policy,
    /^default-src 'none'; img-src data:; style-src 'sha256-[\w+/=]{44}'; script-src 'sha256-[\w+/=]{44}'; base-uri 'none'; form-action 'none'$/,
  );
  assertEquals(page.match(/<script/g)!.length, 1);
  assertEquals(page.match(/<style/g)!.length, 1);
  // In the text of an element quotes are harmless; only the charts' library leaves them as they
  // are.
  const attributes = page.replace(/(?<=<title>)[^<]*/g, "");
  assert(!/ style=| on[a-z]+="|<img|javascript:/i.test(attributes));
  assert(!/(href|src)="(?!data:|#)/.test(page));
});

Deno.test("reportPage() says that it is for research only, and what selected the epoch", async () => {
  const report = madeUpReport(30);
  const page = await reportPage(report);
  assert(page.match(/For research only; not a medical device\./g)!.length >= 2);
  assertStringIncludes(
    page,
    "The validation images selected it, and the figures here are of the same",
  );
  const parts = [...report.parts, { name: "test", images: 9 }];
  const other = await reportPage({ ...report, parts });
  assertStringIncludes(
    other,
    "The validation images selected it; the test images had no part in that.",
  );
});

Deno.test("reportPage() tells a run that goes on from one that stopped or finished", async () => {
  const { results: _, strip: __, ...report } = madeUpReport(5);
  const training = await reportPage({ ...report, state: "training", epochs: 40 });
  assertStringIncludes(training, "12 of 40 epochs. The page shows newer");
  assert(!training.includes('id="results"') && !training.includes('id="cases"'));
  const refresh = '<meta name="reload-after" content="30">';
  assertStringIncludes(training, refresh);
  const stopped = await reportPage({
    ...report,
    state: "stopped",
    epochs: 40,
    noResults: "Not yet",
  });
  assertStringIncludes(stopped, "Stopped after 12 of 40 epochs");
  assertStringIncludes(stopped, "Not yet");
  assert(!stopped.includes(refresh));
  const { best: ___, ...fresh } = report;
  const empty = await reportPage({
    ...fresh,
    history: [],
    timings: [],
    epoch: 0,
    state: "stopped",
  });
  assertStringIncludes(empty, "No epoch is finished yet");
});

Deno.test("reportPage() goes from the glance to the failures, and has links to all sections", async () => {
  const page = await reportPage(madeUpReport(30));
  const ids = Array.from(page.matchAll(/<section id="([a-z]+)"/g), ([, id]) => id);
  assertEquals(
    ids,
    "summary next worst results training cases strip augmented data settings".split(" "),
  );
  const links = Array.from(page.matchAll(/<a href="#([a-z]+)"/g), ([, id]) => id);
  assertEquals(links, ids);
});

Deno.test("reportPage() says in words when the run was made, and how", async () => {
  const report = { ...madeUpReport(5), begun: "2026-11-26T23:31:00.000Z" };
  const page = await reportPage({ ...report, ended: "2026-11-27T00:05:59.000Z" });
  const words = page.replaceAll(/<[^>]*>/g, "");
  assertStringIncludes(
    words,
    "Begun on Thursday, 26 November 2026, 23:31, last epoch Friday, 27 November 2026, 00:05 (UTC)",
  );
  assertStringIncludes(words, "deno task train --name");
  const sameDay = await reportPage({ ...report, ended: "2026-11-26T23:40:00.000Z" });
  assertStringIncludes(sameDay.replaceAll(/<[^>]*>/g, ""), "23:31, last epoch 23:40 (UTC)");
  const { begun: _, ended: __, command: ___, ...unknown } = report;
  assert(!(await reportPage(unknown)).includes("Begun on"));
});

Deno.test("reportPage() draws no learning rate that is constant", async () => {
  const report = madeUpReport(5);
  const chart = 'aria-label="Learning rate by epoch"';
  assertStringIncludes(await reportPage(report), chart);
  const history = report.history.map((row) => ({ ...row, learningRate: 1e-3 }));
  assert(!(await reportPage({ ...report, history })).includes(chart));
});

Deno.test("reportPage() keeps figures and dates in one line, not hashes", async () => {
  const rows = [["2026-11-26T17:32:06.647Z", "0.932 (0.900 to 0.956)", "0".repeat(64), "-0.5"]];
  const manifest = [{ title: "t", columns: ["a", "b", "c", "d"], rows }];
  const page = await reportPage({ ...madeUpReport(3), manifest });
  assertStringIncludes(page, '<th scope="row" class="number">2026-');
  assertStringIncludes(page, '<td class="number">0.932 (0.900 to 0.956)</td><td>0000');
});

/** The tiles of a page: name, value, notes. */
function tilesOf(page: string): string[] {
  const list = /<dl class="tiles">(.*?)<\/dl>/s.exec(page)![1];
  return [...list.matchAll(/<dt>(.*?)<\/dt>\s*<dd>(.*?)<\/dd>/gs)].map(([, name, rest]) =>
    [name, ...rest.split(/<\/?small>/)].map((text) => text.trim()).filter(Boolean).join(" | ")
      .replaceAll("\u00a0", " ")
  );
}

Deno.test("the tiles answer what is found, what is false and how well it fits, with intervals", async () => {
  const report = madeUpReport(30);
  const { overall: { detection }, lesion_free } = report.results!.evaluation;
  const tiles = tilesOf(await reportPage(report));
  assertEquals(tiles.map((tile) => tile.split(" | ").slice(0, 2).join(" ")), [
    `Lesions found ${detection.found} of ${detection.truth}`,
    `False marks ${detection.false}`,
    `False alarms ${lesion_free.false_alarms} of ${lesion_free.cases}`,
    ...["Median", "Mean"].map((name) => {
      const { value } = report.results!.evaluation.overall.per_case
        .dice[name === "Mean" ? "mean" : "median"];
      return `${name} Dice ${value!.toFixed(3)}`;
    }),
    "Best epoch 12",
    "Images 70",
  ]);
  for (const tile of tiles.slice(0, 5)) assertMatch(tile, /95 % interval [\d.]+ to [\d.]+( %)?$/);
  // All three lesion-free images have a false alarm, which is no certainty.
  assertMatch(tiles[2], /lesion-free images, 100 % \| 95 % interval 44 to 100 %/);
  assertEquals(tiles.at(-1), "Images | 70 | 40 train, 30 validation");
  const { results: _, ...early } = report;
  const kept = tilesOf(await reportPage({ ...early, keepsLast: true, epoch: 20 }));
  assertEquals(kept.slice(0, 2), [
    "Validation Dice | 0.750 | mean, best epoch",
    "Epoch of the model | 20 | the last; best: epoch 12",
  ]);
});

Deno.test("figures in px say the size that they were measured at, if it is not the images' own", async () => {
  const report = madeUpReport(40);
  const { evaluation } = report.results!;
  const fixed = await reportPage(report);
  assertStringIncludes(fixed, ">HD95, px at 24x24<");
  assertStringIncludes(fixed, "Dice over lesion area at 24x24");
  const settings = { ...evaluation.settings, size: "original" as const };
  const results = { ...report.results!, evaluation: { ...evaluation, settings } };
  const own = await reportPage({ ...report, results });
  assertStringIncludes(own, ">HD95, px<");
  assertEquals(own.includes("24x24"), false);
  // Size groups have their bounds, and notes are sentences.
  for (
    const words of [
      "small (under 3 % of the image)",
      "medium (3 to 10 % of the image)",
      "large (10 % of the image or more)",
    ]
  ) assertStringIncludes(own, words);
  const warnings = ["only 3 images show a lesion: take care"];
  const noted = { ...results, evaluation: { ...results.evaluation, warnings } };
  assertStringIncludes(
    await reportPage({ ...report, results: noted }),
    "Only 3 images show a lesion: take care.",
  );
});

Deno.test("reportPage() is the same for the same report", async () => {
  const report = madeUpReport(20);
  assertEquals(await reportPage(report), await reportPage(report));
});

Deno.test("resultsPicture() is a picture, with and without cases", async () => {
  const report = madeUpReport(30);
  const whole = decodeImage(await resultsPicture(report), "results.png");
  assertEquals(whole.width, 1800);
  const { results: _, ...rest } = report;
  const curves = decodeImage(await resultsPicture(rest), "results.png");
  assert(curves.height < whole.height);
  // Yellow and blue outlines are in the one and not in the other.
  const has = ({ pixels, channels }: typeof whole, [r, g, b]: readonly number[]) => {
    for (let i = 0; i < pixels.length; i += channels) {
      if (pixels[i] === r && pixels[i + 1] === g && pixels[i + 2] === b) return true;
    }
    return false;
  };
  for (const colour of [[255, 214, 10], [0, 190, 255]]) {
    assertEquals([has(whole, colour), has(curves, colour)], [true, false]);
  }
});
