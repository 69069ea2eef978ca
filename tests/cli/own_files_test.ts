import { assertEquals, assertStringIncludes } from "@std/assert";
import { run } from "../support/program.ts";
import { filesOf } from "../support/small_data.ts";
import { withTrained } from "../support/trained.ts";

const TRAIN = ["--size", "32", "--base-channels", "2", "--epochs", "1", "--device", "cpu"];

/** Two trained runs, `a` and `b`. */
function withRuns(
  use: (
    data: string,
    done: (...args: string[]) => Promise<void>,
    refuses: (words: string, ...args: string[]) => Promise<void>,
  ) => Promise<void>,
): Promise<void> {
  return withTrained(8, ["a", "b"].map((name) => [...TRAIN, "--name", name]), async (data) => {
    const done = async (...[command, ...args]: string[]) => {
      const { code, stderr } = await run(command, data, ...args);
      assertEquals(code, 0, `${command} ${args.join(" ")}: ${stderr}`);
    };
    const refuses = async (words: string, ...[command, ...args]: string[]) => {
      const before = filesOf(data);
      const { code, stderr } = await run(command, data, ...args);
      assertEquals(code, 2, `${command} ${args.join(" ")}: ${stderr}`);
      assertStringIncludes(stderr, words);
      assertEquals(stderr.trim().split("\\n").length, 1, stderr);
      assertEquals(filesOf(data), before);
    };
    await use(data, done, refuses);
  });
}

const EVALUATE = ["evaluate", "--resamples", "20"];
const PREDICT = ["predict", "benign"];

Deno.test("no command replaces files that another program or the user wrote", () =>
  withRuns(async (data, done, refuses) => {
    const foreign = (path: string, text = '{"dice": 1}') => {
      Deno.mkdirSync(`${data}/${path.slice(0, path.lastIndexOf("/"))}`, { recursive: true });
      Deno.writeTextFileSync(`${data}/${path}`, text);
    };
    for (const [path, name] of [["mine", "metrics.csv"], ["yours", "metrics.json"]]) {
      foreign(`${path}/${name}`);
      await refuses(`holds other files already (${path}/${name})`, ...EVALUATE, "--out", path);
    }
    // Other files beside its own are in nobody's way.
    foreign("notes/notes.txt");
    await done(...EVALUATE, "--out", "notes");
    await done(...EVALUATE, "--out", "notes");
    await refuses("is a place for a run", ...EVALUATE, "--out", "runs/a");
    await refuses("is a place for a run", ...PREDICT, "--out", "runs/c");
    await refuses("is the folder of the runs", ...EVALUATE, "--out", "runs");
    for (const [command, ...args] of [EVALUATE, ["inspect"]]) {
      await refuses("itself; give a folder inside it", command, ...args, "--out", ".");
    }
    await refuses("holds the input", ...PREDICT, "--out", ".");

    for (const name of ["compare.json", "compare.png"]) {
      foreign(`runs/${name}`);
      await refuses(`runs/${name} is there already`, "compare", "a", "b");
      Deno.removeSync(`${data}/runs/${name}`);
    }
    await done("compare", "a", "b");
    await done("compare", "a", "b");

    for (
      const name of ["predictions.json", "coco_results.json", "measurements.csv", "picture.png"]
    ) {
      foreign(`${name} only/${name}`);
      await refuses("holds other files already", ...PREDICT, "--out", `${name} only`);
    }
    foreign("found/predictions.json", '{"images": [], "model": "m.h5"}');
    foreign("found/coco.json");
    await refuses("holds no prediction that this program wrote", ...PREDICT, "--out", "found");
    await refuses("holds other files", ...PREDICT, "--out", "found", "--shard", "1/2");
    await done(...PREDICT, "--out", "ours");
    await done(...PREDICT, "--out", "ours");

    foreign("sheets/inspect.json", '{"format": 1}');
    await refuses("holds no inspection that this program wrote", "inspect", "--out", "sheets");
    await done("inspect");
    await done("inspect");
  }));

Deno.test("a merge replaces no predictions.json of others", () =>
  withRuns(async (data, done, refuses) => {
    for (const shard of ["1/2", "2/2"]) await done(...PREDICT, "--out", "o", "--shard", shard);
    Deno.writeTextFileSync(`${data}/o/predictions.json`, "{}");
    await refuses("holds no prediction that this program wrote", "merge", "o");
    Deno.removeSync(`${data}/o/predictions.json`);
    await done("merge", "o");
  }));
