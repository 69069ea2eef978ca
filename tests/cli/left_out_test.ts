/** What the commands say about files that they leave out, and about names that are hard to use. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { inspect } from "../../lib/cli/commands/inspect.ts";
import { predict } from "../../lib/cli/commands/predict.ts";
import { train } from "../../lib/cli/commands/train.ts";
import { PHANTOMS_FILE, PHANTOMS_TEXT } from "../../lib/dataset/phantoms/marker.ts";
import { DEFAULT_SETTINGS } from "../../lib/run/run_settings.ts";
import { TASK } from "../../lib/cli/words/task.ts";
import { latin1File } from "../support/latin1.ts";
import { MemoryStore } from "../support/memory_store.ts";
import { run } from "../support/program.ts";
import { filesOf, writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const SETTINGS = { ...DEFAULT_SETTINGS, device: "cpu", threads: 1, sampleImages: 0 } as const;
const CONFIG = { width: 32, height: 32, baseChannels: 1, epochs: 1 };
const SMALL = "--size 32 --base-channels 1 --epochs 1 --sample-images 0".split(" ");

/** An output that is kept. */
function listening() {
  const lines: string[] = [];
  const line = (text = "") => lines.push(...text.split("\n"));
  return { lines, say: { terminal: false, columns: () => 80, write() {}, line, block: line } };
}

const leftOut = (lines: readonly string[]) => lines.filter((line) => line.startsWith("left out"));

/**
 * A store with eight images and masks; with a folder of new images, phantoms, and files that are
 * not read.
 */
async function mixed(): Promise<MemoryStore> {
  const data = await inTemporaryFolder((folder) => {
    writeSmallData(folder, 8);
    return new MemoryStore(filesOf(folder));
  });
  const image = data.files.get("benign/benign (1).png")!;
  const mask = data.files.get("benign/benign (1)_mask.png")!;
  for (const path of ["new/1.png", "new/later/2.png", "made/x.png"]) {
    await data.writeFile(path, image);
  }
  await data.writeFile("made/x_mask.png", mask);
  await data.writeFile(`made/${PHANTOMS_FILE}`, PHANTOMS_TEXT);
  for (const path of ["a.tga", "benign/b.tga", "c.nii.gz"]) await data.writeFile(path, "");
  return data;
}

const FILES = "left out: 2 .tga, 1 .nii.gz";
const PHANTOMS = "left out: made/ (written by phantoms); name the folder to use it: --images made";
const UNMASKED = "left out: new/ (2 images without any mask); to train on them as images without " +
  "a lesion: --missing-masks empty";

Deno.test("train, inspect and predict say what they leave out, each reason in one line", async () => {
  const data = await mixed();
  const first = listening();
  const { split } = await train(
    { data, config: CONFIG, settings: SETTINGS, name: "r" },
    first.say,
  );
  assertEquals(leftOut(first.lines), [FILES, PHANTOMS, UNMASKED]);
  assertEquals(split.train.length + split.validation.length, 8);
  assert(first.lines.some((line) => /images +8 images: /.test(line)));

  const inspected = listening();
  const inspection = await inspect(
    { data, maskPattern: null, missingMasks: "error", out: "inspect" },
    inspected.say,
  );
  assertEquals(leftOut(inspected.lines), [FILES, PHANTOMS, UNMASKED]);
  assertEquals(inspection.images, 8);
  assertEquals(inspection.findings.filter(({ severity }) => severity === "error"), []);

  const predicted = listening();
  const model = "runs/r/best.safetensors";
  const { images } = await predict(
    { data, inputs: [""], model, settings: SETTINGS },
    predicted.say,
  );
  // A prediction takes images without masks, too.
  assertEquals(images, 10);
  assertEquals(leftOut(predicted.lines), [
    FILES,
    PHANTOMS,
    "left out: 10 masks in these folders (such as benign/benign (1)_mask.png)",
  ]);

  const again = listening();
  await train({ data, config: { epochs: 2 }, settings: SETTINGS, resume: "r" }, again.say);
  assertEquals(leftOut(again.lines), []);
});

Deno.test("train takes folders without masks when missing masks count as empty, and named phantoms", async () => {
  const data = await mixed();
  const { lines, say } = listening();
  const config = { ...CONFIG, missingMasks: "empty" } as const;
  const { split } = await train({ data, config, settings: SETTINGS, name: "r" }, say);
  assertEquals(split.train.length + split.validation.length, 10);
  assertEquals(leftOut(lines), [FILES, PHANTOMS]);

  await data.writeFile("made/y.png", data.files.get("made/x.png")!);
  await data.writeFile("made/y_mask.png", data.files.get("made/x_mask.png")!);
  const named = listening();
  const { split: phantoms } = await train(
    { data, config: { ...CONFIG, images: "made", split: "random" }, settings: SETTINGS, name: "p" },
    named.say,
  );
  assertEquals(phantoms.train.length + phantoms.validation.length, 2);
  assertEquals(leftOut(named.lines), []);
});

Deno.test("train says which columns of a table it took, and which rows name no image", async () => {
  const data = await mixed();
  const rows = [1, 2, 3].map((i) => `benign\\benign (${i}),${Math.ceil(i / 2)},m`);
  await data.writeFile(
    "clinic.csv",
    ["ID;MRN;Sex", ...rows, "gone,9,f"].join("\r\n").replaceAll(",", ";"),
  );
  const { lines, say } = listening();
  const config = { ...CONFIG, patients: "clinic.csv:MRN" };
  const { split } = await train({ data, config, settings: SETTINGS, name: "r" }, say);
  assertEquals(split.patients?.get("benign/benign (3).png"), "2");
  const words = 'clinic.csv: images by "ID", patients by "MRN"; 1 row names no image (gone)';
  assert(lines.some((line) => line.endsWith(words)), lines.join("\n"));
});

Deno.test("predict lists names that are not UTF-8 as failures and goes on; train refuses them", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 6);
    const trained = await run("train", data, ...SMALL, "--name", "r");
    assertEquals([trained.code, trained.stderr], [0, ""]);
    latin1File(data, "L\\344sion.png", `${data}/benign/benign (1).png`);
    const { code, stdout, stderr } = await run("predict", data, ".", "--out", "o");
    assertEquals(code, 2);
    assertStringIncludes(stdout, "6 images predicted");
    assertStringIncludes(stderr, "L\ufffdsion.png: this name is not in UTF-8");
    assertStringIncludes(stderr, "1 file failed");
    const { failed } = JSON.parse(Deno.readTextFileSync(`${data}/o/predictions.json`));
    assertEquals(failed.map(({ input }: { input: string }) => input), ["L\ufffdsion.png"]);
    const refused = await run("train", data, ...SMALL, "--name", "s");
    assertEquals([refused.code, refused.stdout], [2, ""]);
    assertStringIncludes(refused.stderr, "L\ufffdsion.png: this name is not in UTF-8");
    const inspected = await run("inspect", data);
    assertStringIncludes(inspected.stdout, "files that cannot be read (1)");
    assertStringIncludes(inspected.stdout, "L\ufffdsion.png: this name is not in UTF-8");
  }));

Deno.test("names of runs may hold brackets and signs, and hints quote them", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 6);
    const name = "fold [1] (2) $HOME; it's & `x`";
    const { code, stderr } = await run("train", data, ...SMALL, "--name", name);
    assertEquals([code, stderr], [0, ""]);
    const quoted = "'fold [1] (2) $HOME; it'\\''s & `x`'";
    const verified = await run("verify", data, name);
    assertEquals(verified.code, 0);
    assertStringIncludes(verified.stdout, `${TASK} train --resume ${quoted}`);
    const taken = await run("train", data, ...SMALL, "--name", name);
    assertStringIncludes(taken.stderr, `--resume ${quoted}`);
    // A file manager or another system may give a copy a name that train would not give.
    Deno.renameSync(`${data}/runs/${name}`, `${data}/runs/copy of "r": *2*`);
    const resumed = await run("train", data, "--resume", 'copy of "r": *2*', "--epochs", "2");
    assertEquals([resumed.code, resumed.stderr], [0, ""]);
    const report = await run("report", data, 'runs/copy of "r": *2*');
    assertEquals([report.code, report.stderr], [0, ""]);
  }));
