import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "@std/csv";
import { decode } from "fast-png";
import { fillRings } from "../../lib/image/contours.ts";
import type { LesionEntry, PredictionEntry } from "../../lib/predict/entries.ts";
import { measurementColumns } from "../support/measurements.ts";
import { run } from "../support/program.ts";
import { filesOf, writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";
import { withTrained } from "../support/trained.ts";

const TRAIN = ["--size", "32", "--base-channels", "2", "--epochs", "1"];

/** A data directory with a trained run "a"; `use` gets its path. */
function withModel(use: (data: string) => Promise<void>): Promise<void> {
  return withTrained(6, [[...TRAIN, "--name", "a"]], use);
}

Deno.test("predict writes mask, probability, overlay and list at the image's size", () =>
  withModel(async (data) => {
    const image = "benign/benign (1).png";
    const { code, stderr } = await run("predict", data, "--threshold", "0.4", image);
    assertEquals([code, stderr], [0, ""]);
    const out = `${data}/runs/a/predictions`;
    const list = JSON.parse(Deno.readTextFileSync(`${out}/predictions.json`));
    assertEquals([list.model, list.threshold, list.network_width], [
      "runs/a/best.safetensors",
      0.4,
      32,
    ]);
    const [entry] = list.images;
    assertEquals([entry.input, entry.width, entry.height], [image, 64, 64]);

    const [mask, probability, overlay] = [entry.mask, entry.probability, entry.overlay].map((
      name,
    ) => decode(Deno.readFileSync(`${out}/${name}`)));
    assertEquals([mask.width, mask.height, mask.channels, mask.depth], [64, 64, 1, 8]);
    assertEquals([probability.channels, probability.depth], [1, 16]);
    assertEquals([overlay.width, overlay.channels], [64, 3]);
    let area = 0;
    let sum = 0;
    mask.data.forEach((value, pixel) => {
      const p = probability.data[pixel] / 65535;
      assert(
        value === 0 ? p < 0.4001 : value === 255 && p > 0.3999,
        `pixel ${pixel}: ${value}, ${p}`,
      );
      if (value === 255) [area, sum] = [area + 1, sum + p];
    });
    assertEquals(entry.area_px, area);
    if (area > 0) assert(Math.abs(entry.mean_probability - sum / area) < 1e-4);
    else assertEquals(entry.mean_probability, null);
  }));

Deno.test("predict of a folder leaves out masks and its own outputs", () =>
  withModel(async (data) => {
    for (let time = 0; time < 2; time++) {
      const { code, stdout } = await run("predict", data, ".", "--out", "found");
      assertEquals(code, 0);
      assertStringIncludes(stdout, "6 images predicted");
    }
    const names = [...filesOf(`${data}/found`).keys()];
    assertEquals(names.length, 6 * 3 + 6);
    assert(names.includes("benign/benign (1)_mask.png"), names.join());
  }));

Deno.test("train, predict, train again: the pairing found is unchanged", () =>
  withModel(async (data) => {
    const found = (stdout: string) =>
      stdout.slice(stdout.indexOf("found\n"), stdout.indexOf("cost\n"));
    const before = found((await run("train", data, ...TRAIN, "--name", "b")).stdout);
    assertEquals((await run("predict", data, ".")).code, 0);
    assertEquals((await run("predict", data, "benign", "--out", "elsewhere/masks")).code, 0);
    const after = await run("train", data, ...TRAIN, "--name", "c");
    assertEquals(found(after.stdout), before);
    const [b, c] = ["b", "c"].map((name) =>
      Deno.readFileSync(`${data}/runs/${name}/last.safetensors`)
    );
    assertEquals(b, c);
  }));

Deno.test("predict goes past bad files, names each and ends with 2", () =>
  withModel(async (data) => {
    Deno.writeTextFileSync(`${data}/benign/benign (1).png`, "no picture");
    const good = Deno.readFileSync(`${data}/benign/benign (2).png`);
    Deno.writeFileSync(`${data}/benign/benign (3).png`, good.subarray(0, good.length / 2));
    const { code, stdout, stderr } = await run(
      "predict",
      data,
      "benign",
      "none.png",
      "/etc/hostname",
    );
    assertEquals(code, 2);
    for (const name of ["benign (1).png", "benign (3).png", "none.png", "/etc/hostname"]) {
      assertStringIncludes(stderr, name);
    }
    assert(!stderr.includes("    at "), stderr);
    assertStringIncludes(stdout, "1 image predicted");
    const list = JSON.parse(Deno.readTextFileSync(`${data}/runs/a/predictions/predictions.json`));
    assertEquals([list.images.length, list.failed.length], [1, 4]);
  }));

Deno.test("predict takes the best model of the newest run", () =>
  withModel(async (data) => {
    // Alphabetically first, but later.
    await run("train", data, ...TRAIN, "--name", "B");
    const { stdout } = await run("predict", data, "benign/benign (1).png");
    assertStringIncludes(stdout, "runs/B/best.safetensors");
    assert(filesOf(`${data}/runs/B`).has("predictions/predictions.json"));
  }));

Deno.test("predict refuses bad requests by one sentence each, and writes nothing", () =>
  withModel(async (data) => {
    Deno.mkdirSync(`${data}/other`);
    Deno.writeTextFileSync(`${data}/other/notes.txt`, "mine");
    Deno.copyFileSync(`${data}/benign/benign (1).png`, `${data}/benign/benign (1).jpeg`);
    const before = filesOf(data);
    const refuses = async (words: string, ...args: string[]) => {
      const { code, stderr } = await run("predict", data, ...args);
      assertStringIncludes(stderr, words);
      assert(stderr.startsWith("error: ") && !stderr.includes("    at "), stderr);
      assertEquals(code, 2);
      assertEquals(filesOf(data), before, args.join(" "));
    };
    await refuses("missing required argument");
    await refuses("holds the input", "--out", "benign", "benign/benign (2).png");
    await refuses("holds the input", "--out", ".", "benign/benign (2).png");
    await refuses("holds other files already", "--out", "other", "benign/benign (2).png");
    await refuses("is a file", "--out", "other/notes.txt", "benign/benign (2).png");
    await refuses("outside the data directory", "--out", "../up", "benign/benign (2).png");
    await refuses("would both be written as", "benign/benign (1).png", "benign/benign (1).jpeg");
    await refuses(
      "no such file or folder in the data directory, from which paths start",
      "none.png",
    );
    await refuses("--min-area is 0", "--min-area", "0", "benign/benign (2).png");
    await refuses("--batch is 1.5", "--batch", "1.5", "benign/benign (2).png");
    await refuses("--mm-per-px is 0", "--mm-per-px", "0", "benign/benign (2).png");
    await refuses("Expected I/N with I from 1 to N", "--shard", "0/3", "benign/benign (2).png");
    await refuses("Expected I/N with I from 1 to N", "--shard", "4/3", "benign/benign (2).png");
    await refuses("--threshold is 1", "--threshold", "1", "benign/benign (2).png");
    await refuses("cannot be used", "--model", "other/notes.txt", "benign/benign (2).png");
    await refuses("was trained at 32x32", "--size", "64", "benign/benign (2).png");
  }));

Deno.test("predict without a model says how to get one", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 2);
    const { code, stderr } = await run("predict", data, ".");
    assertEquals(code, 2);
    assertStringIncludes(stderr, "there is no trained model");
  }));

Deno.test("predict lists lesions with outlines and measurements that belong to the masks", () =>
  withModel(async (data) => {
    const args = ["--tta", "flips", "--threshold", "0.3", "--mm-per-px", "0.5", "--batch", "3"];
    const { code, stderr } = await run("predict", data, ".", "--out", "found", ...args);
    assertEquals([code, stderr], [0, ""]);
    const read = (name: string) => Deno.readTextFileSync(`${data}/found/${name}`);
    const list = JSON.parse(read("predictions.json"));
    const coco = JSON.parse(read("coco.json"));
    const results = JSON.parse(read("coco_results.json"));
    const rows = parse(read("measurements.csv"), { skipFirstRow: true });
    assertEquals([list.tta, list.mm_per_px, list.images.length], ["flips", 0.5, 6]);
    const columns = measurementColumns().filter((name) => name !== "model_deviation");
    assertEquals(Object.keys(rows[0]), columns);
    const lesions = list.images.flatMap(({ lesions }: PredictionEntry) => lesions);
    assert(lesions.length > 0, "nothing was found: the test shows nothing");
    assertEquals([coco.annotations.length, rows.length], [lesions.length, lesions.length]);
    assertEquals(results.length, lesions.length);

    for (const { width, height, mask, uncertainty, lesions } of list.images as PredictionEntry[]) {
      const polygons = lesions.flatMap(({ polygons }) => polygons);
      const filled = fillRings(polygons, { x: 0, y: 0, width, height });
      const written = decode(Deno.readFileSync(`${data}/found/${mask}`)).data;
      assertEquals(filled.map((value) => value * 255), Uint8Array.from(written));
      assertEquals(decode(Deno.readFileSync(`${data}/found/${uncertainty}`)).depth, 16);
    }
    lesions.forEach((lesion: LesionEntry, k: number) => {
      assertEquals(Number(rows[k].area_px), lesion.area_px);
      assertAlmostEquals(Number(rows[k].area_mm2), lesion.area_px / 4, 1e-2);
      assertAlmostEquals(Number(rows[k].long_axis_mm), lesion.long_axis_px / 2, 1e-3);
      assertAlmostEquals(Number(rows[k].flip_deviation), lesion.flip_deviation!, 1e-5);
      assertEquals(coco.annotations[k].area, lesion.area_px);
    });
    const sheet = decode(Deno.readFileSync(`${data}/found/contact_sheet.png`));
    assert(sheet.width > 400 && sheet.channels === 3);
  }));

Deno.test("predict measures each image by its own spacing: the table first, then the option", () =>
  withModel(async (data) => {
    Deno.writeTextFileSync(
      `${data}/mm.csv`,
      "image,mm_per_px_x,mm_per_px_y\nbenign/benign (1).png,0.25,0.5\nold.png,1,1\n",
    );
    const predict = async (...args: string[]) => {
      const all = [".", "--out", "found", "--threshold", "0.3", ...args];
      const { code, stdout, stderr } = await run("predict", data, ...all);
      assertEquals([code, stderr], [0, ""]);
      const read = (name: string) => Deno.readTextFileSync(`${data}/found/${name}`);
      const rows = parse(read("measurements.csv"), { skipFirstRow: true });
      return { stdout, rows, list: JSON.parse(read("predictions.json")) };
    };
    const { stdout, rows, list } = await predict("--spacings", "mm.csv", "--mm-per-px", "0.1,0.2");
    assertStringIncludes(stdout, 'spacings mm.csv: images by "image"; 1 row names no image');
    assertEquals([list.mm_per_px, list.spacings], [[0.1, 0.2], "mm.csv"]);
    assertEquals(list.spacings_sha256.length, 64);
    assert(rows.some(({ image }) => image === "benign/benign (1).png"), "nothing was found there");
    for (const { image, area_px, area_mm2, long_axis_px, long_axis_mm } of rows) {
      const [x, y] = image === "benign/benign (1).png" ? [0.25, 0.5] : [0.1, 0.2];
      assertAlmostEquals(Number(area_mm2), Number(area_px) * x * y, 1e-2);
      const [least, most] = [x, y].map((mm) => Number(long_axis_px) * mm);
      assert(Number(long_axis_mm) >= least && Number(long_axis_mm) <= most, image);
    }
    for (const { input, mm_per_px } of list.images as PredictionEntry[]) {
      assertEquals(mm_per_px, input === "benign/benign (1).png" ? [0.25, 0.5] : [0.1, 0.2]);
    }
    const alone = await predict("--spacings", "mm.csv");
    assertStringIncludes(
      alone.stdout,
      "note: the size of the pixels is not known in 5 of 6 images (such as ",
    );
    assertEquals(alone.list.mm_per_px, null);
    const known = alone.rows.filter(({ area_mm2 }) => area_mm2 !== "").map(({ image }) => image);
    assertEquals([...new Set(known)], ["benign/benign (1).png"]);
    const equal = await predict("--mm-per-px", "0.3,0.3");
    assertEquals(equal.list.mm_per_px, 0.3);
  }));

Deno.test("predict refuses spacings that are none by one sentence each, and writes nothing", () =>
  withModel(async (data) => {
    Deno.writeTextFileSync(
      `${data}/bad.csv`,
      "image,mm_per_px_x,mm_per_px_y\nbenign (1),0.1,ten\n",
    );
    const before = filesOf(data);
    const refuses = async (words: string, ...args: string[]) => {
      const { code, stderr } = await run("predict", data, ".", ...args);
      assertStringIncludes(stderr, words);
      assert(stderr.startsWith("error: ") && !stderr.includes("    at "), stderr);
      assertEquals([code, filesOf(data)], [2, before]);
    };
    await refuses("--mm-per-px is [0.1,0]; expected a number above 0", "--mm-per-px", "0.1,0");
    await refuses("Expected a number, or two: 0.1,0.2.", "--mm-per-px", "1,2,3");
    await refuses("Expected a number.", "--mm-per-px", "1,");
    await refuses("none.csv", "--spacings", "none.csv");
    await refuses('gives benign/benign (1).png the mm_per_px_y "ten"', "--spacings", "bad.csv");
  }));
