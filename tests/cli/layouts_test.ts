import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { encodeGrey } from "../../lib/image/codecs/encode.ts";
import { run } from "../support/program.ts";
import { filesOf, writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const OPTIONS = ["--size", "32", "--base-channels", "2", "--epochs", "1", "--device", "cpu"];

/** Writes eight phantoms, each file where `placed` says. */
function writeAs(
  data: string,
  placed: (name: string, number: string | undefined) => string | undefined,
): void {
  writeSmallData(`${data}/all`, 8);
  for (const path of filesOf(`${data}/all`).keys()) {
    const [, name, mask, number] = /([^/]*?)(_mask(?:_(\d+))?)?\.png$/.exec(path)!;
    const to = placed(name, mask === undefined ? undefined : number ?? "");
    if (to === undefined) continue;
    Deno.mkdirSync(`${data}/${to}`.replace(/\/[^/]*$/, ""), { recursive: true });
    Deno.copyFileSync(`${data}/all/${path}`, `${data}/${to}`);
  }
  Deno.removeSync(`${data}/all`, { recursive: true });
}

/** `images/x.png` with `masks/x.png`; further masks of an image are left out. */
function writeTwoFolders(data: string): void {
  writeAs(
    data,
    (name, number) =>
      number === undefined ? `images/${name}.png` : number === "" ? `masks/${name}.png` : undefined,
  );
}

const configOf = (data: string, name: string) =>
  JSON.parse(Deno.readTextFileSync(`${data}/runs/${name}/config.json`));

Deno.test("train, inspect, evaluate and predict know masks in a folder of their own and say so", () =>
  inTemporaryFolder(async (data) => {
    writeTwoFolders(data);
    const layout = "layout: images/ with masks of the same names in masks/";
    const trained = await run("train", data, ...OPTIONS, "--name", "a");
    assertEquals([trained.code, trained.stderr], [0, ""]);
    assertStringIncludes(trained.stdout, layout);
    assertStringIncludes(trained.stdout, "8 images: 6 to train, 2 to validate");
    const { masks, mask_pattern, images } = configOf(data, "a");
    assertEquals([images, masks, mask_pattern], [".", "images=masks", "{}"]);

    const inspected = await run("inspect", data);
    assertEquals([inspected.code, inspected.stderr], [0, ""]);
    assertStringIncludes(inspected.stdout, layout);
    assertStringIncludes(inspected.stdout, "0 errors");

    const evaluated = await run("evaluate", data, "--device", "cpu");
    assertEquals([evaluated.code, evaluated.stderr], [0, ""]);
    assertStringIncludes(evaluated.stdout, layout);

    const predicted = await run("predict", data, ".", "--out", "p", "--device", "cpu");
    assertEquals([predicted.code, predicted.stderr], [0, ""]);
    assertStringIncludes(predicted.stdout, "left out: 8 masks");
    assertStringIncludes(predicted.stdout, "8 images predicted");
    const onlyMasks = await run("predict", data, "masks", "--out", "q", "--device", "cpu");
    assertEquals(onlyMasks.code, 2);
    assertStringIncludes(onlyMasks.stderr, "there are only masks in this folder");
  }));

Deno.test("a resumed run keeps the layout that it found, whatever lies beside its files by then", () =>
  inTemporaryFolder(async (data) => {
    writeTwoFolders(data);
    assertEquals((await run("train", data, ...OPTIONS, "--name", "a")).code, 0);
    // A second folder of masks makes the layout a matter of choice.
    Deno.mkdirSync(`${data}/labels`);
    for (const { name } of Deno.readDirSync(`${data}/masks`)) {
      Deno.copyFileSync(`${data}/masks/${name}`, `${data}/labels/${name}`);
    }
    const fresh = await run("train", data, ...OPTIONS, "--name", "b");
    assertEquals([fresh.code, fresh.stdout], [2, ""]);
    assertStringIncludes(fresh.stderr, "--masks images=masks");
    assertStringIncludes(fresh.stderr, "--masks images=labels");
    const resumed = await run("train", data, "--resume", "a", "--epochs", "2");
    assertEquals([resumed.code, resumed.stderr], [0, ""]);
    assertEquals(configOf(data, "a").masks, "images=masks");

    const told = await run("train", data, ...OPTIONS, "--name", "b", "--masks", "labels");
    assertEquals([told.code, told.stderr], [0, ""]);
    assertStringIncludes(told.stdout, "masks of the same names in labels/");
    assertStringIncludes(told.stdout, "left out: 8 masks of another kind: masks/");
  }));

Deno.test("a configuration with one pattern, as all had, means what it meant", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 8);
    assertEquals((await run("train", data, ...OPTIONS, "--name", "a")).code, 0);
    const config = configOf(data, "a");
    assertEquals([config.masks, config.mask_pattern], [null, "_mask"]);
    const { masks: _, ...old } = config;
    Deno.writeTextFileSync(`${data}/old.json`, JSON.stringify(old));
    const { code, stderr } = await run("train", data, "--config", "old.json", "--name", "b");
    assertEquals([code, stderr], [0, ""]);
    assertEquals(configOf(data, "b"), config);
    // The pattern is told: other names are not searched for.
    writeTwoFolders(`${data}/two`);
    const told = await run("train", data, "--config", "old.json", "--images", "two");
    assertEquals(told.code, 2);
    assertStringIncludes(told.stderr, "8 images (such as two/images/");
    assertStringIncludes(told.stderr, "and 8 masks (such as two/masks/");
  }));

Deno.test("--mask-pattern may be repeated and names what is a mask", () =>
  inTemporaryFolder(async (data) => {
    let written = 0;
    writeAs(data, (name, number) => {
      if (number === undefined) return `${name}.png`;
      return number === "" ? `${name}${written++ % 2 ? "_tumor" : "-outline2"}.png` : undefined;
    });
    const patterns = ["--mask-pattern", "_tumor", "--mask-pattern", "-outline*"];
    const { code, stdout, stderr } = await run(
      "train",
      data,
      ...OPTIONS,
      ...["--name", "a", ...patterns],
    );
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, "NAME_tumor for NAME, NAME-outline* for NAME");
    assertEquals(configOf(data, "a").mask_pattern, ["_tumor", "-outline*"]);
    const again = await run("train", data, "--resume", "a", "--epochs", "2", ...patterns);
    assertEquals([again.code, again.stderr], [0, ""]);
    const other = await run("train", data, "--resume", "a", "--epochs", "3", ...patterns.slice(2));
    assertEquals(other.code, 2);
    assertStringIncludes(other.stderr, "--mask-pattern cannot change");
  }));

Deno.test("train never takes a mask for an image without a lesion", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 8);
    // Neither name nor folder tells that these are masks.
    Deno.copyFileSync(`${data}/benign/benign (1)_mask.png`, `${data}/benign/copy.png`);
    const pixels = Uint8Array.from({ length: 64 * 64 }, (_, i) => i % 64 > 40 ? 1 : 0);
    Deno.writeFileSync(`${data}/benign/flat.png`, encodeGrey({ width: 64, height: 64, pixels }));
    const before = filesOf(data);
    const { code, stdout, stderr } = await run(
      "train",
      data,
      ...OPTIONS,
      ...["--name", "a", "--missing-masks", "empty"],
    );
    assertEquals([code, stdout], [2, ""]);
    for (const name of ["copy", "flat"]) {
      assertStringIncludes(stderr, `benign/${name}.png looks like a mask: it is only black and`);
    }
    assertEquals(filesOf(data), before);
    const inspected = await run("inspect", data, "--missing-masks", "empty");
    assertStringIncludes(
      inspected.stdout,
      "error: files that look like masks and belong to no image (2)",
    );
  }));

Deno.test("an all-black image without a mask is no mask, and a set without lesions is warned of", () =>
  inTemporaryFolder(async (data) => {
    writeAs(data, (name, number) => number === undefined ? `${name}.png` : undefined);
    const black = encodeGrey({ width: 64, height: 64, pixels: new Uint8Array(64 * 64) });
    for (const { name } of [...Deno.readDirSync(data)]) {
      Deno.writeFileSync(`${data}/${name.replace(".png", "_mask.png")}`, black);
    }
    Deno.writeFileSync(`${data}/black.png`, black);
    const { code, stdout, stderr } = await run(
      "train",
      data,
      ...OPTIONS,
      ...["--name", "a", "--missing-masks", "empty"],
    );
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, "warning: no image has a lesion");
    assert(stdout.indexOf("no image has a lesion") < stdout.indexOf("epoch 1/1"), stdout);
    const inspected = await run("inspect", data, "--missing-masks", "empty");
    assertStringIncludes(inspected.stdout, "warning: no image has a lesion (1)\n  none of 9");
  }));

Deno.test("evaluate finds the layout of other images, and takes its own options", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(`${data}/busi`, 8);
    writeTwoFolders(`${data}/two`);
    assertEquals((await run("train", data, ...OPTIONS, "--name", "a", "--images", "busi")).code, 0);
    const found = await run("evaluate", data, "--images", "two", "--device", "cpu");
    assertEquals([found.code, found.stderr], [0, ""]);
    assertStringIncludes(found.stdout, "images   8 images, no split");
    const told = await run(
      "evaluate",
      data,
      ...["--images", "two/images", "--masks", "two/masks", "--device", "cpu"],
    );
    assertEquals([told.code, told.stderr], [0, ""]);
    assertStringIncludes(told.stdout, "layout: two/images/ with masks of the same names in two/");
    const gone = await run("evaluate", data, "--images", "two", "--masks", "nowhere");
    assertEquals(gone.code, 2);
    assertStringIncludes(gone.stderr, "--masks nowhere: there is no such folder");
  }));
