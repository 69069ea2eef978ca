import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { assertSameBytes } from "../support/compare.ts";
import { run, runWithFullDisk } from "../support/program.ts";
import { filesOf, writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

/** One sentence on stderr, exit code 2 (or another), and not a file more than before. */
async function refuses(
  data: string,
  args: readonly string[],
  words: string,
  expectedCode = 2,
): Promise<void> {
  const before = filesOf(data);
  const { code, stderr } = await run("train", data, ...args);
  assertStringIncludes(stderr, words, args.join(" "));
  assert(stderr.startsWith("error: ") && !stderr.includes("    at "), stderr);
  assertEquals(code, expectedCode, args.join(" "));
  assertEquals(filesOf(data), before, `written by ${args.join(" ")}`);
}

Deno.test("train refuses bad options by one sentence each, and writes nothing", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 6);
    await refuses(data, ["--epoch", "3"], "Did you mean --epochs?");
    await refuses(data, ["--batch", "0"], "--batch is 0");
    await refuses(data, ["--batch", "many"], "Expected a number");
    await refuses(data, ["--lr", "-0.1"], "--lr is -0.1");
    await refuses(data, ["--lr", "NaN"], "Expected a number");
    await refuses(data, ["--size", "15"], "expected a whole number from 16");
    await refuses(data, ["--size", "16", "--batch", "1"], "one value per channel");
    await refuses(data, ["--size", "16", "--batch", "3"], "no single image over");
    await refuses(data, ["--device", "tpu"], "Allowed choices are auto, cpu, gpu");
    await refuses(data, ["--threads", "0"], "--threads is 0");
    await refuses(data, ["--name", "../up"], "cannot name a run");
    await refuses(data, ["--images", "../up"], "outside the data directory");
    await refuses(data, ["--weights", "none.safetensors"], "there is no such file");
    await refuses(data, ["--weights", "benign/benign (1).png"], "cannot be used");
    await refuses(data, ["--config", "benign/benign (1).png"], "is no text");
    await refuses(data, ["--resume", "none"], "there is no run yet");
    await refuses(
      data,
      ["--size", "128", "--base-channels", "8", "--memory-limit", "20MB"],
      "the largest batch that fits is",
    );
    await refuses(
      data,
      ["--size", "64", "--base-channels", "8", "--memory-limit", "1MB"],
      "not even a batch of 1",
    );
  }));

Deno.test("train refuses a folder that it cannot use, and writes nothing", () =>
  inTemporaryFolder(async (data) => {
    await refuses(data, [], "there are no images");
    writeSmallData(data, 6);
    const mask = `${data}/benign/benign (1)_mask.png`;
    Deno.renameSync(mask, `${data}/benign/benign (9)_mask.png`);
    await refuses(data, [], "benign/benign (9)_mask.png");
    Deno.removeSync(`${data}/benign/benign (9)_mask.png`);
    await refuses(data, [], "1 image has no mask: benign/benign (1).png");
    Deno.writeFileSync(mask, Deno.readFileSync(`${data}/benign/benign (2).png`));
    await refuses(data, ["--size", "32", "--base-channels", "2"], "benign (1)_mask.png");
    Deno.writeTextFileSync(mask, "no picture");
    await refuses(data, ["--size", "32", "--base-channels", "2"], "benign (1)_mask.png");
  }));

Deno.test("train refuses a data directory that is not there", () =>
  inTemporaryFolder(async (data) => {
    const { code, stderr } = await run("train", `${data}/none`);
    assertEquals(code, 2);
    assertStringIncludes(stderr, "there is no data directory");
    assertStringIncludes(stderr, "DATA_DIR=");
    Deno.mkdirSync(`${data}/a,b`);
    const comma = await run("train", `${data}/a,b`);
    assertEquals(comma.code, 2);
    assertStringIncludes(comma.stderr, "holds a comma");
  }));

Deno.test("train refuses a run name that exists", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 6);
    const options = ["--size", "32", "--base-channels", "2", "--epochs", "1", "--name", "a"];
    assertEquals((await run("train", data, ...options)).code, 0);
    await refuses(data, options, "there is already a run a");
  }));

Deno.test("train takes odd sizes, batches larger than the set, and images without masks on request", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 6);
    Deno.removeSync(`${data}/benign/benign (1)_mask.png`);
    const options = ["--size", "41x37", "--base-channels", "2", "--epochs", "1", "--batch", "50"];
    const { code, stdout, stderr } = await run(
      "train",
      data,
      ...options,
      "--missing-masks",
      "empty",
    );
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, "41x37");
    assertStringIncludes(stdout, "2 images without a lesion");
  }));

Deno.test("train that diverges says so and keeps the last checkpoint", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 6);
    const options = [
      "--size",
      "32",
      "--base-channels",
      "2",
      "--epochs",
      "3",
      "--lr",
      "1e30",
      "--name",
      "a",
    ];
    const { code, stderr } = await run("train", data, ...options);
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, "try a lower --lr");
  }));

Deno.test("train keeps the previous checkpoint when the disk takes no more", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 6);
    const options = ["--size", "32", "--base-channels", "4", "--name", "a"];
    assertEquals((await run("train", data, ...options, "--epochs", "1")).code, 0);
    const last = Deno.readFileSync(`${data}/runs/a/last.safetensors`);

    const more = ["--resume", "a", "--epochs", "2"];
    const { code, stderr } = await runWithFullDisk(300_000, "train", data, ...more);
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, "cannot write runs/a/");
    assertSameBytes("last.safetensors", Deno.readFileSync(`${data}/runs/a/last.safetensors`), last);
    const names = [...filesOf(`${data}/runs/a`).keys()];
    assertEquals(names.filter((name) => name.includes("partial")), []);

    assertEquals((await run("train", data, ...more)).code, 0);
  }));
