import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "@std/csv";
import { resultsFromJson } from "../../lib/evaluate/results_json.ts";
import { decodeGrey } from "../../lib/image/codecs/decode.ts";
import { encodeGrey } from "../../lib/image/codecs/encode.ts";
import { resizeGrey } from "../../lib/image/resize.ts";
import { historyFromCsv } from "../../lib/run/history_csv.ts";
import { run } from "../support/program.ts";
import { filesOf, writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";
import { withTrained } from "../support/trained.ts";

const TRAIN = ["--size", "32", "--base-channels", "2", "--epochs", "2", "--device", "cpu"];
const CPU = ["--device", "cpu"];

/** A data directory with a trained run "a"; `use` gets its path. */
function withModel(use: (data: string) => Promise<void>, ...train: string[]): Promise<void> {
  return withTrained(14, [[...TRAIN, "--name", "a", ...train]], use);
}

async function evaluate(data: string, ...args: string[]) {
  const { code, stdout, stderr } = await run("evaluate", data, ...CPU, ...args);
  assertEquals([code, stderr], [0, ""]);
  return stdout;
}

const textOf = (path: string) => Deno.readTextFileSync(path);
const resultsIn = (folder: string) =>
  resultsFromJson(textOf(`${folder}/metrics.json`), "metrics.json");

Deno.test("evaluate takes the newest run's validation images, at network size with the Dice of the history", () =>
  withModel(async (data) => {
    const before = filesOf(`${data}/runs/a`);
    const stdout = await evaluate(data, "--eval-size", "32", "--resamples", "100");
    const folder = `${data}/runs/a/evaluation`;
    const results = resultsIn(folder);
    const { validation } = JSON.parse(textOf(`${data}/runs/a/split.json`));
    assertEquals(results.cases.map(({ image }) => image), validation);
    assertEquals([results.data.part, results.data.trained_on], ["validation", 0]);
    const history = historyFromCsv(textOf(`${data}/runs/a/history.csv`), "history.csv");
    const best = history[results.model.epoch! - 1];
    assertAlmostEquals(results.overall.per_case.dice.mean.value!, best.valDice!, 1e-12);
    assertAlmostEquals(results.overall.per_case.iou.mean.value!, best.valIou!, 1e-12);
    assertEquals([results.lesion_free.cases, results.lesion_free.false_alarms], [
      best.lesionFree,
      best.falseAlarms,
    ]);
    assertStringIncludes(stdout, `part "validation" of runs/a/split.json`);
    assertStringIncludes(stdout, "selected the epoch of runs/a/best.safetensors");
    assertStringIncludes(stdout, "For research only; not a medical device.");
    const rows = parse(textOf(`${folder}/metrics.csv`), { skipFirstRow: true });
    assertEquals(rows.map(({ image }) => image), validation);

    // The run itself is as it was, and the same figures come again on another number of threads.
    const first = filesOf(folder);
    await evaluate(data, "--eval-size", "32", "--resamples", "100", "--threads", "1");
    assertEquals(filesOf(folder), first);
    for (const [name, bytes] of before) {
      if (name === "report.html" || name === "results.png") continue;
      assertEquals(Deno.readFileSync(`${data}/runs/a/${name}`), bytes, name);
    }
    // The report has the new figures.
    assertStringIncludes(
      stdout,
      `The report is ${data}/runs/a/report.html, now with these figures`,
    );
    assertStringIncludes(textOf(`${data}/runs/a/report.html`), "Measured by evaluate");
  }));

Deno.test("evaluate measures at each image's own size, and keeps the figures of other parts apart", () =>
  withModel(async (data) => {
    await evaluate(data, "--resamples", "20");
    assert(resultsIn(`${data}/runs/a/evaluation`).cases.every(({ width }) => width === 64));
    const stdout = await evaluate(data, "--part", "train", "--resamples", "20");
    const { images, trained_on } = resultsIn(`${data}/runs/a/evaluation-train`).data;
    assertEquals(trained_on, images);
    const trained = `note: ${images} of the ${images} images were used to train`;
    assertStringIncludes(stdout, trained);
    // First what forbids a conclusion, then the tables.
    assert(stdout.indexOf(trained) < stdout.indexOf("at a glance"), stdout);
    assertEquals(resultsIn(`${data}/runs/a/evaluation`).data.part, "validation");
  }));

Deno.test("evaluate knows training images by their content, and resizes masks of another size, saying so", () =>
  withModel(async (data) => {
    const { train: [path] } = JSON.parse(textOf(`${data}/runs/a/split.json`));
    Deno.mkdirSync(`${data}/other`);
    Deno.copyFileSync(`${data}/${path}`, `${data}/other/x.png`);
    const mask = path.replace(".png", "_mask.png");
    const truth = decodeGrey(Deno.readFileSync(`${data}/${mask}`), mask);
    Deno.writeFileSync(`${data}/other/x_mask.png`, encodeGrey(resizeGrey(truth, 128, 96)));
    // Its second mask has the image's size: both count.
    const dot = { width: 64, height: 64, pixels: new Uint8Array(4096) };
    dot.pixels[4095] = 255;
    Deno.writeFileSync(`${data}/other/x_mask_1.png`, encodeGrey(dot));

    const stdout = await evaluate(data, "--images", "other");
    const results = resultsIn(`${data}/runs/a/evaluation-all`);
    const [{ width, height, truth_px, resized_masks, lesions }] = results.cases;
    assertEquals([width, height, resized_masks], [64, 64, 1]);
    const area = truth.pixels.filter((value) => value > 127).length;
    assertAlmostEquals(truth_px, area + 1, 0.1 * area);
    assert(lesions.truth >= 2);
    assertEquals([results.data.part, results.data.split, results.data.trained_on], [
      "all",
      null,
      1,
    ]);
    assertStringIncludes(stdout, "1 mask has another size than the image and was resized to it");
    assertStringIncludes(stdout, "1 of the 1 image was used to train runs/a/best.safetensors");
  }));

Deno.test("evaluate --baseline a model and itself finds no difference, and draws by patient where told", () =>
  withModel(async (data) => {
    const model = ["--model", "runs/a/best.safetensors", "--baseline", "runs/a/best.safetensors"];
    const stdout = await evaluate(data, ...model, "--images", ".", "--patient-pattern", "(\\d+)");
    const { against, data: { groups, images }, settings } = resultsIn(
      `${data}/runs/a/evaluation-all`,
    );
    assertEquals([settings.bootstrap.unit, images], ["group", 14]);
    assert(groups! > 1 && groups! < 14);
    for (const { measure, difference } of against!.differences) {
      assertEquals(difference, { value: 0, low: 0, high: 0 }, measure);
    }
    assertStringIncludes(stdout, "may be chance");
    assert(!stdout.includes("patients are unknown"));
  }));

Deno.test("evaluate of a split with three parts takes images that selected nothing", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 14);
    const images = [...filesOf(data).keys()].filter((name) => !name.includes("_mask"));
    const parts = {
      train: images.slice(0, 8),
      validation: images.slice(8, 11),
      test: images.slice(11),
    };
    Deno.writeTextFileSync(`${data}/mine.json`, JSON.stringify(parts));
    assertEquals(
      (await run("train", data, ...TRAIN, "--split", "mine.json", "--name", "a")).code,
      0,
    );
    const stdout = await evaluate(data, "--resamples", "20");
    assertEquals(
      resultsIn(`${data}/runs/a/evaluation`).cases.map(({ image }) => image),
      parts.test,
    );
    assert(!stdout.includes("selected the epoch"), stdout);
    await evaluate(data, "--resamples", "20", "--split", "mine.json", "--part", "validation");
    assertEquals(resultsIn(`${data}/runs/a/evaluation-validation`).data.split, "mine.json");
  }));

Deno.test("evaluate refuses bad requests by one sentence each, and writes nothing", () =>
  withModel(async (data) => {
    Deno.copyFileSync(`${data}/runs/a/best.safetensors`, `${data}/elsewhere.safetensors`);
    Deno.writeTextFileSync(`${data}/split.json`, '{"train": ["x.png"], "test": ["gone.png"]}');
    Deno.mkdirSync(`${data}/bare`);
    Deno.copyFileSync(`${data}/benign/benign (1).png`, `${data}/bare/b.png`);
    Deno.mkdirSync(`${data}/broken`);
    Deno.writeTextFileSync(`${data}/broken/b.png`, "no picture");
    Deno.writeTextFileSync(`${data}/broken/b_mask.png`, "no picture");
    const before = filesOf(data);
    const refuses = async (words: string, ...args: string[]) => {
      const { code, stderr } = await run("evaluate", data, ...CPU, ...args);
      assertStringIncludes(stderr, words);
      assert(stderr.startsWith("error: ") && !stderr.includes("    at "), stderr);
      assertEquals(code, 2);
      assertEquals(filesOf(data), before, args.join(" "));
    };
    await refuses(
      "lies in no run, so the images that it did not see are not known",
      "--model",
      "elsewhere.safetensors",
    );
    await refuses("it has train and validation", "--part", "test");
    await refuses("needs a split", "--part", "test", "--images", "benign");
    await refuses("gone.png, which is not among the images found", "--split", "split.json");
    await refuses("no mask", "--images", "bare");
    await refuses("broken/b.png", "--images", "broken");
    await refuses("--threshold is 0", "--threshold", "0");
    await refuses("is a file; expected a folder", "--out", "runs/a/config.json");
    await refuses("--eval-size is 8x8", "--eval-size", "8");
    await refuses("--eval-size is 12000x12000; expected sides", "--eval-size", "12000");
    await refuses("--resamples is 0", "--resamples", "0");
    await refuses("was trained at 32x32", "--size", "64");
  }));

Deno.test("evaluate measures in mm by a table and an option, and the report shows it", () =>
  withModel(async (data) => {
    await evaluate(data, "--resamples", "20");
    const folder = `${data}/runs/a/evaluation`;
    const plain = resultsIn(folder);
    const [named] = plain.cases;
    const table = `image,mm_per_px_x,mm_per_px_y\n${named.image},0.2,0.1\nelsewhere.png,1,1\n`;
    Deno.writeTextFileSync(`${data}/mm.csv`, table);
    const stdout = await evaluate(
      data,
      ...["--resamples", "20", "--spacings", "mm.csv", "--mm-per-px", "0.3"],
    );
    assertStringIncludes(stdout, 'spacings mm.csv: images by "image"; 1 row names no image');
    assertStringIncludes(stdout, "  HD95, mm ");
    const { settings, cases, overall } = resultsIn(folder);
    assertEquals([settings.mm_per_px, settings.spacings], [0.3, "mm.csv"]);
    for (const [k, { millimetres: mm, ...inPx }] of cases.entries()) {
      const [x, y] = k === 0 ? [0.2, 0.1] : [0.3, 0.3];
      assertEquals(inPx, plain.cases[k]);
      assertEquals(mm!.truth_mm2, inPx.truth_px * (x * y));
      if (inPx.hd95_px === null) continue;
      const tolerance = 1e-9;
      assert(mm!.hd95_mm! >= inPx.hd95_px * Math.min(x, y) - tolerance, inPx.image);
      assert(mm!.hd95_mm! <= inPx.hd95_px * Math.max(x, y) + tolerance, inPx.image);
    }
    const { per_case_mm, ...inPx } = overall;
    assertEquals([inPx, per_case_mm!.cases], [plain.overall, overall.cases]);
    const [header] = textOf(`${folder}/metrics.csv`).split("\n");
    assertStringIncludes(header, ",mm_per_px_x,mm_per_px_y,truth_mm2");
    const report = textOf(`${data}/runs/a/report.html`);
    assertStringIncludes(report, "HD95, mm");
    assertStringIncludes(report, "\u00a0mm\u00b2)");
    const bad = await run("evaluate", data, ...CPU, "--mm-per-px", "0,1");
    assertStringIncludes(bad.stderr, "error: --mm-per-px is [0,1]; expected a number above 0");
    assertEquals(bad.code, 2);
  }));
