import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { decodeGrey } from "../../lib/image/codecs/decode.ts";
import { encodeGrey } from "../../lib/image/codecs/encode.ts";
import { run } from "../support/program.ts";
import { writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const SMALL = ["--size", "32", "--base-channels", "2", "--epochs", "1"];

/** A brighter copy of `benign (1)` and its mask under another name. */
function plantDuplicate(data: string): void {
  const path = `${data}/benign/benign (1)`;
  const image = decodeGrey(Deno.readFileSync(`${path}.png`), path);
  const pixels = image.pixels.map((value) => Math.min(255, 1.2 * value + 10));
  Deno.writeFileSync(`${data}/malignant/copy 1.png`, encodeGrey({ ...image, pixels }));
  Deno.copyFileSync(`${path}_mask.png`, `${data}/malignant/copy 1_mask.png`);
}

const COPIES = ["benign/benign (1).png", "malignant/copy 1.png"];

interface SavedSplit {
  readonly train: string[];
  readonly validation: string[];
  readonly test?: string[];
  readonly groups?: string[][];
  readonly patients?: Record<string, string>;
}

const splitOf = (data: string, name: string): SavedSplit =>
  JSON.parse(Deno.readTextFileSync(`${data}/runs/${name}/split.json`));

Deno.test("train keeps near duplicates together, and says so where they are not", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data);
    plantDuplicate(data);
    const { code, stdout, stderr } = await run("train", data, ...SMALL, "--name", "a");
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, "2 images in 1 group");
    assertStringIncludes(stdout, "patients       unknown");
    const { validation, groups } = splitOf(data, "a");
    assertEquals(groups, [COPIES]);
    assert(validation.includes(COPIES[0]) === validation.includes(COPIES[1]));

    const { train, ...other } = splitOf(data, "a");
    const apart = {
      train: [...train, ...other.validation].filter((image) => image !== COPIES[1]),
      test: [COPIES[1]],
    };
    Deno.writeTextFileSync(`${data}/apart.json`, JSON.stringify(apart));
    const leaky = await run("train", data, ...SMALL, "--name", "b", "--split", "apart.json");
    assertEquals(leaky.code, 0, leaky.stderr);
    assertStringIncludes(leaky.stdout, "1 image to validate or test show");
    assertEquals(splitOf(data, "b").groups, [COPIES]);
    // The second part of the file selects the best epoch, whatever the file calls it.
    assertEquals(splitOf(data, "b").validation, apart.test);
    assertEquals(splitOf(data, "b").test, undefined);
  }));

Deno.test("train keeps the images of a patient together", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data);
    const args = [...SMALL, "--patient-pattern", "\\(([1-4])\\)", "--folds", "2", "--fold", "1"];
    const { code, stdout, stderr } = await run("train", data, ...args, "--name", "a");
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, "4 patients; of 6 images the patient is unknown");
    const { validation, patients } = splitOf(data, "a");
    for (const patient of ["1", "2", "3", "4"]) {
      const own = Object.keys(patients!).filter((image) => patients![image] === patient);
      assertEquals(new Set(own.map((image) => validation.includes(image))).size, 1, patient);
    }
  }));

Deno.test("train with three parts lets validation select and measures the test images at the end", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data);
    const kind = (name: string, from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, i) => `${name}/${name} (${from + i}).png`);
    const split = {
      train: [...kind("benign", 1, 5), ...kind("malignant", 1, 3)],
      validation: ["benign/benign (6).png", "malignant/malignant (4).png"],
      test: ["benign/benign (7).png", "normal/normal (1).png", "normal/normal (2).png"],
    };
    Deno.writeTextFileSync(`${data}/mine.json`, JSON.stringify(split));
    const args = [...SMALL, "--split", "mine.json", "--name", "a"];
    const { code, stdout, stderr } = await run("train", data, ...args);
    assertEquals([code, stderr], [0, ""]);
    for (
      const words of [
        "13 images of 16: 8 to train, 2 to validate, 3 to test",
        "validation Dice",
        "The validation images selected this epoch",
        "On the 3 test images, which selected nothing",
      ]
    ) assertStringIncludes(stdout, words);
    const { train, test } = splitOf(data, "a");
    assertEquals([train, test], [split.train, split.test]);
    const path = `${data}/runs/a/test.json`;
    const text = Deno.readTextFileSync(path);
    const { images, lesion_free, lesions, epoch } = JSON.parse(text);
    assertEquals({ images, lesion_free, lesions, epoch }, {
      images: 3,
      lesion_free: 2,
      lesions: 1,
      epoch: 1,
    });
    const history = Deno.readTextFileSync(`${data}/runs/a/history.csv`).split("\n")[1].split(",");
    assertEquals(history[7], "0", "the validation part has no lesion-free image");

    Deno.removeSync(path);
    const verified = await run("verify", data, "a");
    assertEquals(verified.code, 0);
    assertMatch(verified.stdout, /The checkpoint is whole: 1 epoch of 1, validation Dice \d/);
    const exported = await run("export", data, "a", "--to", "pth");
    assertMatch(exported.stdout, /trained +1 epoch, validation Dice \d/, exported.stderr);
    const again = await run("train", data, "--resume", "a");
    assertEquals([again.code, again.stderr], [0, ""]);
    assertEquals(Deno.readTextFileSync(path), text);
    const done = await run("train", data, "--resume", "a");
    assertStringIncludes(done.stderr, "there is nothing to do");
  }));

Deno.test("train divides into three parts by shares and keeps patients whole", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data);
    const shares = ["--validation-fraction", "0.25", "--test-fraction", "0.25"];
    const args = [...SMALL, ...shares, "--patient-pattern", "\\(([1-4])\\)", "--name", "a"];
    const { code, stdout, stderr } = await run("train", data, ...args);
    assertEquals([code, stderr], [0, ""]);
    for (
      const words of [
        "grouped, 0.5 for training, 0.25 for validation, 0.25 for the test, patients by",
        "16 images: 8 to train, 4 to validate, 4 to test",
        "On the 4 test images, which selected nothing",
      ]
    ) assertStringIncludes(stdout, words);
    const { train, validation, test, patients } = splitOf(data, "a");
    const parts = [train, validation, test!];
    assertEquals(new Set(parts.flat()).size, 16);
    for (const patient of ["1", "2", "3", "4"]) {
      const own = Object.keys(patients!).filter((image) => patients![image] === patient);
      const places = own.map((image) => parts.findIndex((part) => part.includes(image)));
      assertEquals(new Set(places).size, 1, patient);
    }
    const { images } = JSON.parse(Deno.readTextFileSync(`${data}/runs/a/test.json`));
    assertEquals(images, 4);
  }));

Deno.test("train refuses options of a split that contradict each other", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 6);
    const refused = async (words: string, ...args: string[]) => {
      const { code, stderr } = await run("train", data, ...SMALL, ...args);
      assertEquals(code, 2, stderr);
      assertStringIncludes(stderr, words);
    };
    await refused(
      "--train-fraction has no say beside --folds",
      ..."--folds 2 --fold 1".split(" "),
      "--train-fraction",
      "0.5",
    );
    await refused(
      "--train-fraction 0.5 and --validation-fraction 0.6 add up to 1.1; expected 1",
      ..."--train-fraction 0.5 --validation-fraction 0.6".split(" "),
    );
    await refused("there is no such file", "--split", "gone.json");
    await refused("there is no such file", "--patients", "gone.csv");
    Deno.writeTextFileSync(`${data}/empty.json`, "{}");
    await refused('empty.json has no usable "train"', "--split", "empty.json");
    assert(![...Deno.readDirSync(data)].some(({ name }) => name === "runs"));
  }));
