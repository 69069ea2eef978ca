import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { decode } from "fast-png";
import { run } from "../support/program.ts";
import { filesOf, writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const TRAIN = ["--size", "32", "--base-channels", "2", "--device", "cpu"];

Deno.test("compare shows what differs, the curves, and differences where images are the same", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 12);
    const train = async (...args: string[]) =>
      assertEquals((await run("train", data, ...TRAIN, ...args)).code, 0);
    await train("--name", "a", "--epochs", "1");
    await train("--name", "b", "--epochs", "2", "--lr", "0.01");
    await train("--name", "c", "--epochs", "1", "--seed", "7");
    for (const name of ["a", "b"]) {
      const model = ["--model", `runs/${name}/best.safetensors`, "--resamples", "20"];
      assertEquals((await run("evaluate", data, "--device", "cpu", ...model)).code, 0);
    }
    const { code, stdout, stderr } = await run("compare", data, "a", "b", "c", "--name", "three");
    assertEquals([code, stderr], [0, ""]);
    const { verdict, runs, settings, differences, warnings } = JSON.parse(
      Deno.readTextFileSync(`${data}/runs/three.json`),
    );
    assertEquals(
      settings.filter(({ name }: { name: string }) => name !== "limit"),
      [
        { name: "seed", values: [0, 0, 7] },
        { name: "epochs", values: [1, 2, 1] },
        { name: "learning_rate", values: [0.001, 0.01, 0.001] },
      ],
    );
    assertEquals(runs.map(({ epochs }: { epochs: number }) => epochs), [1, 2, 1]);
    assertEquals([runs[0].evaluation.data.part, runs[2].evaluation], ["validation", null]);
    assertEquals(differences.map(({ first, second }: Record<string, string>) => first + second), [
      "ab",
    ]);
    assert(
      warnings.some((words: string) => words.startsWith("c was validated on other images than a")),
    );
    assert(warnings.some((words: string) => words.startsWith("not evaluated: c")));
    assertStringIncludes(stdout, "a minus b, image by image");
    // First what can be told apart, then what forbids a comparison, then the tables.
    const at = [verdict[0], warnings[0], warnings[1], "what differs"].map((words) =>
      stdout.indexOf(words)
    );
    assertEquals([at[0], at.toSorted((one, other) => one - other)], [0, at]);
    assert(verdict[0].startsWith("a "));
    const { width, height } = decode(Deno.readFileSync(`${data}/runs/three.png`));
    assert(width === 1720 && height > 1000);

    // Its picture is no image to train on, and bad requests write nothing.
    await train("--name", "d", "--epochs", "1");
    const before = filesOf(data);
    const refuses = async (words: string, ...args: string[]) => {
      const { code, stderr } = await run("compare", data, ...args);
      assertStringIncludes(stderr, words);
      assertEquals([code, stderr.includes("    at ")], [2, false]);
      assertEquals(filesOf(data), before);
    };
    await refuses("there is no run x in runs/; there are: a, b, c, d", "a", "x");
    await refuses("nothing to compare run a with", "a");
    await refuses("--resamples is 0", "a", "b", "--resamples", "0");
    await refuses("named twice", "a", "runs/a/");
    await refuses("cannot name a comparison", "a", "b", "--name", "../x");
    Deno.writeTextFileSync(`${data}/runs/b/evaluation/metrics.json`, "{}");
    before.set("runs/b/evaluation/metrics.json", new TextEncoder().encode("{}"));
    await refuses("runs/b/evaluation/metrics.json cannot be used", "a", "b");
  }));
