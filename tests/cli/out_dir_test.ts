import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Ended, ended, flagsOf, spawn } from "../support/program.ts";
import { filesOf, writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const TRAIN = ["--size", "32", "--base-channels", "2", "--epochs", "1", "--device", "cpu"];

type Call = (command: string, ...args: string[]) => Promise<Ended>;

/** Images that the tasks may only read, and a folder for results that does not exist yet. */
function withReadOnlyData(
  use: (at: { data: string; out: string; task: Call; done: Call }) => Promise<void>,
): Promise<void> {
  return inTemporaryFolder(async (folder) => {
    const [data, out] = [`${folder}/data`, `${folder}/results/of me`];
    writeSmallData(data, 8);
    Deno.mkdirSync(`${folder}/results`);
    const task: Call = (command, ...args) => {
      // The flags of the task: nothing but the output directory may be written.
      const flags = flagsOf(command, data, "OUT").map((flag) => flag.replace("OUT", out));
      const folders = ["--data", data, "--out-dir", out];
      return ended(spawn([...flags, "main.ts", command, ...folders, ...args]));
    };
    const done: Call = async (command, ...args) => {
      const result = await task(command, ...args);
      assertEquals(result.code, 0, `${command}: ${result.stderr}`);
      return result;
    };
    const before = filesOf(data);
    await use({ data, out, task, done });
    assertEquals(filesOf(data), before);
  });
}

Deno.test("with OUT_DIR every command works on data that may not be written", () =>
  withReadOnlyData(async ({ data, out, task, done }) => {
    const trained = await done("train", ...TRAIN, "--name", "a");
    assertStringIncludes(trained.stdout, `Everything is in ${out}/runs/a`);
    await done("train", ...TRAIN, "--name", "b", "--seed", "3");
    await done("inspect");
    assert(Deno.statSync(`${out}/inspect/inspect.json`).isFile);
    const predicted = await done("predict", "benign", "--model", "runs/a/best.safetensors");
    assertStringIncludes(predicted.stdout, `see ${out}/runs/a/predictions`);
    const { model, images } = JSON.parse(
      Deno.readTextFileSync(`${out}/runs/a/predictions/predictions.json`),
    );
    assertEquals(model, "runs/a/best.safetensors");
    assert(images.every(({ input }: { input: string }) => input.startsWith("benign/")));
    for (const shard of ["1/2", "2/2"]) {
      await done("predict", ".", "--out", "parts", "--shard", shard);
    }
    assertStringIncludes((await done("merge", "parts")).stdout, `see ${out}/parts`);
    const evaluated = await done("evaluate", "--resamples", "20");
    assertStringIncludes(evaluated.stdout, `All figures are in ${out}/runs/b/evaluation`);
    await done("report", "a");
    await done("compare", "a", "b");
    await done("verify", "a");
    const exported = await done("export", "a", "--to", "pth");
    assertStringIncludes(exported.stdout, `${out}/runs/a/best.pth`);
    await done("phantoms", "--count", "2");
    assert(Deno.statSync(`${out}/phantoms/benign`).isDirectory);
    await done("doctor", "--model", "runs/a/best.safetensors", "--device", "cpu", "--no-speed");
    assertEquals((await task("train", ...TRAIN, "--name", "a")).code, 2);
    await done("train", "--resume", "a", "--epochs", "2");
    const stopped = await task("train", "--resume", "c");
    assertStringIncludes(stopped.stderr, "there are: a, b");
    assert(Deno.lstatSync(data).isDirectory);
  }));

Deno.test("models and tables are found among the images and among the results", () =>
  withReadOnlyData(async ({ data, out, task, done }) => {
    await done("train", ...TRAIN, "--name", "a");
    const best = Deno.readFileSync(`${out}/runs/a/best.safetensors`);
    const shared = "shared.safetensors";
    Deno.writeFileSync(`${data}/${shared}`, best);
    try {
      const relative = await done("predict", "benign", "--model", shared);
      assertStringIncludes(relative.stdout, `see ${out}/predictions`);
      // A file of the same relative path in the output directory comes first, but not before an
      // absolute path.
      Deno.writeTextFileSync(`${out}/${shared}`, "no model");
      const refused = await task("predict", "benign", "--model", shared, "--out", "x");
      assertEquals(refused.code, 2);
      const absolute = await done("predict", "normal", "--model", `${data}/${shared}`);
      assertStringIncludes(absolute.stdout, `model    ${data}/${shared}`);
      const exported = await done("export", `${data}/${shared}`, "--to", "pth");
      assertStringIncludes(exported.stdout, `${out}/shared.pth`);
      await done("evaluate", "--model", `${data}/${shared}`, "--images", ".", "--resamples", "20");
    } finally {
      Deno.removeSync(`${data}/${shared}`);
    }
    const images = [...filesOf(data).keys()].filter((name) => !name.includes("_mask"));
    const table = ["file,patient", ...images.map((name, k) => `${name},p${k % 3}`)].join("\n");
    Deno.writeTextFileSync(`${out}/patients.csv`, table);
    const grouped = await done("train", ...TRAIN, "--name", "b", "--patients", "patients.csv");
    assertStringIncludes(grouped.stdout, "3 patients");
    const outside = await task("predict", "benign", "--out", "../other");
    assertStringIncludes(outside.stderr, `lies outside the output directory ${out}; set OUT_DIR`);
    const foreign = await task("predict", `${out}/runs`);
    assertStringIncludes(foreign.stderr, `lies outside the data directory ${data}`);
  }));

Deno.test("an output directory that is the data directory under another name is one with it", () =>
  inTemporaryFolder(async (folder) => {
    const data = `${folder}/data`;
    writeSmallData(data, 6);
    Deno.mkdirSync(`${folder}/sub`);
    const out = `${folder}/sub/../data`;
    const flags = flagsOf("train", data, out);
    const args = ["--data", data, "--out-dir", out, ...TRAIN, "--name", "a"];
    const { code, stdout, stderr } = await ended(spawn([...flags, "main.ts", "train", ...args]));
    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout, `${data}/runs/a`);
  }));

Deno.test("without OUT_DIR, data that may not be written are refused with the way out", () =>
  withReadOnlyData(async ({ data }) => {
    const flags = flagsOf("train", data, "none");
    const args = ["--data", data, "--out-dir", data, ...TRAIN];
    const { code, stderr } = await ended(spawn([...flags, "main.ts", "train", ...args]));
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, "error: cannot make the folder runs");
  }));
