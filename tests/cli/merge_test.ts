import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ended, run, start } from "../support/program.ts";
import { filesOf, writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const TRAIN = ["--size", "32", "--base-channels", "2", "--epochs", "1"];

Deno.test("three processes with a third each, merged, give the bytes of one process", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 8);
    assertEquals((await run("train", data, ...TRAIN, "--name", "a")).code, 0);
    // Bad files are of the list too: one in the second shard, one that is none at all.
    Deno.writeTextFileSync(`${data}/benign/benign (2).png`, "no picture");
    Deno.writeTextFileSync(
      `${data}/mm.csv`,
      "image,mm_per_px_x,mm_per_px_y\nbenign (1),0.1,0.25\nmalignant (1),0.2,0.2\n",
    );
    const args = [
      "benign",
      "malignant",
      "normal",
      "none.png",
      "--tta",
      "flips",
      "--threshold",
      "0.3",
      "--spacings",
      "mm.csv",
      "--mm-per-px",
      "0.3,0.4",
    ];
    const whole = await run("predict", data, ...args, "--out", "whole");
    assertEquals(whole.code, 2, whole.stderr);

    const shards = await Promise.all(
      [1, 2, 3].map((index) =>
        ended(start("predict", data, [...args, "--out", "parts", "--shard", `${index}/3`]))
      ),
    );
    for (const { code, stderr } of shards) assertEquals(code, 2, stderr);
    const [bad] = shards.filter(({ stderr }) => stderr.includes("benign (2).png"));
    assertStringIncludes(bad.stderr, "2 files failed");
    assert(!filesOf(`${data}/parts`).has("predictions.json"));
    const merged = await run("merge", data, "parts");
    assertEquals(merged.code, 2);
    for (const name of ["benign (2).png", "none.png"]) assertStringIncludes(merged.stderr, name);
    assertStringIncludes(merged.stdout, "3 parts merged: 7 images");
    assertStringIncludes(merged.stdout, "There is no predictions.html");
    const [expected, got] = ["whole", "parts"].map((folder) => filesOf(`${data}/${folder}`));
    // The page shows the images, which merge does not read.
    assert(expected.delete("predictions.html"));
    assertEquals([...got.keys()], [...expected.keys()]);
    for (const [name, bytes] of expected) assertEquals(got.get(name), bytes, name);
  }));

Deno.test("merge names what keeps parts from being joined, and changes nothing", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 5);
    for (const name of ["a", "b"]) {
      assertEquals(
        (await run("train", data, ...TRAIN, "--seed", name === "a" ? "0" : "1", "--name", name))
          .code,
        0,
      );
    }
    const predict = async (shard: string, ...args: string[]) => {
      const model = args.includes("--model") ? [] : ["--model", "runs/a/best.safetensors"];
      const all = [".", "--out", "parts", "--shard", shard, ...model, ...args];
      const { code, stderr } = await run("predict", data, ...all);
      assertEquals(code, 0, stderr);
    };
    const refuses = async (...words: string[]) => {
      const before = filesOf(data);
      const { code, stderr } = await run("merge", data, "parts");
      for (const word of words) assertStringIncludes(stderr, word);
      assert(stderr.startsWith("error: ") && !stderr.includes("    at "), stderr);
      assertEquals([code, filesOf(data)], [2, before]);
    };
    await refuses("there are no parts to merge in parts");
    await predict("1/2");
    await refuses("lacks 1 of 2 parts: 2/2");
    // A search for images must not find the masks of a part.
    const { stdout } = await run("predict", data, ".", "--out", "elsewhere");
    assertStringIncludes(stdout, "5 images predicted");
    await predict("2/2", "--min-area", "9");
    await refuses("1-of-2.json", "2-of-2.json", "min_area_px is 1 and 9");
    await predict("2/2", "--model", "runs/b/best.safetensors");
    await refuses("model is runs/a/best.safetensors and runs/b/best.safetensors");
    await predict("2/2");
    const part = `${data}/parts/predictions.parts/2-of-2.json`;
    const good = Deno.readTextFileSync(part);
    Deno.writeTextFileSync(part, good.slice(0, good.length / 2));
    await refuses("2-of-2.json is damaged");
    Deno.writeTextFileSync(part, good.replace(/"list_sha256": "./, '"list_sha256": "x'));
    await refuses("are of different images");
    Deno.writeTextFileSync(part, good);
    const { code, stderr } = await run("predict", data, ".", "--out", "parts");
    assertEquals(code, 2);
    assertStringIncludes(stderr, "holds parts of a divided prediction");
    await predict("3/4");
    await refuses("are parts of 2 and of 4");
    Deno.removeSync(`${data}/parts/predictions.parts/3-of-4.json`);
    const [mask] = [...filesOf(`${data}/parts`).keys()].filter((name) =>
      name.endsWith("_mask.png")
    );
    Deno.renameSync(`${data}/parts/${mask}`, `${data}/mask.away`);
    await refuses("lacks files that its parts name", mask);
    Deno.renameSync(`${data}/mask.away`, `${data}/parts/${mask}`);
    assertEquals((await run("merge", data, "parts")).code, 0);
    await refuses("there are no parts to merge");
  }));
