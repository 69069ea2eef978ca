import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { verifyRun } from "../../lib/run/verify.ts";
import { DataFolder } from "../../lib/store/folder.ts";
import { Hold, LOCK_FILE } from "../../lib/store/hold.ts";
import { kill, readUntil, run, start } from "../support/program.ts";
import { filesOf, writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const SMALL = ["--size", "16", "--base-channels", "1", "--sample-images", "0"];
const TRAIN = [...SMALL, "--snapshot-every", "0", "--device", "cpu", "--threads", "1"];

const runsIn = (data: string) => [...Deno.readDirSync(`${data}/runs`)].map(({ name }) => name);

Deno.test("three trainings at once without names are three runs", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 6);
    const all = await Promise.all(
      [1, 2, 3].map((seed) => run("train", data, ...TRAIN, "--epochs", "2", "--seed", `${seed}`)),
    );
    for (const { code, stderr } of all) assertEquals([code, stderr], [0, ""]);
    const names = runsIn(data);
    assertEquals(names.length, 3);
    const seeds = names.map((name) =>
      JSON.parse(Deno.readTextFileSync(`${data}/runs/${name}/config.json`)).seed
    );
    assertEquals(seeds.sort(), [1, 2, 3]);
    for (const name of names) assertEquals((await run("verify", data, name)).code, 0);
  }));

Deno.test("of three trainings at once under one name, two are refused", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 6);
    const all = await Promise.all(
      [1, 2, 3].map((seed) =>
        run("train", data, ...TRAIN, "--epochs", "2", "--seed", `${seed}`, "--name", "same")
      ),
    );
    assertEquals(all.map(({ code }) => code).sort(), [0, 2, 2]);
    for (const { code, stderr } of all) {
      assertEquals(stderr.trim().split("\n").length, 1, stderr);
      if (code === 2) assert(/already a run same|in use by /.test(stderr), stderr);
    }
    assertEquals(runsIn(data), ["same"]);
    assertEquals((await run("verify", data, "same")).code, 0);
  }));

Deno.test("a run in training is not resumed, reported or trained anew; killed, it goes on at once", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 6);
    const busy = start("train", data, [...TRAIN, "--epochs", "1000000", "--name", "a"]);
    await readUntil(busy.stdout, (text) => /^epoch +2\//m.test(text));
    const refuses = async (words: string, command: string, ...args: string[]) => {
      const { code, stderr } = await run(command, data, ...args);
      assertEquals(code, 2, stderr);
      assertStringIncludes(stderr, words);
    };
    const inUse = `${data}/runs/a is in use by train, process ${busy.pid}, since `;
    await refuses(inUse, "train", "--resume", "a", "--epochs", "5");
    await refuses(inUse, "report", "a");
    await refuses("there is already a run a", "train", ...TRAIN, "--name", "a");
    // Reading does no harm.
    assertEquals((await run("predict", data, ".", "--out", "found")).code, 0);
    await kill(busy);
    assert(filesOf(`${data}/runs/a`).has(LOCK_FILE));
    const { saved } = await verifyRun(await DataFolder.open(data), "a");
    const more = ["--resume", "a", "--epochs", `${saved!.progress.epoch + 1}`];
    const { code, stdout, stderr } = await run("train", data, ...more);
    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout, `note: train (process ${busy.pid}, `);
    assertEquals((await run("verify", data, "a")).code, 0);
    const left = [...filesOf(`${data}/runs/a`).keys()].filter((name) => name.startsWith(".sono"));
    assertEquals(left, []);
  }));

Deno.test("two predictions into one folder: one is refused, shards share it, a merge waits for them", () =>
  inTemporaryFolder(async (folder) => {
    writeSmallData(folder, 6);
    assertEquals((await run("train", folder, ...TRAIN, "--epochs", "1", "--name", "a")).code, 0);
    const data = await DataFolder.open(folder);
    const predict = (...args: string[]) => run("predict", folder, "benign", "--out", "o", ...args);
    const refuses = async (words: string, result: ReturnType<typeof run>) => {
      const before = filesOf(folder);
      const { code, stderr } = await result;
      assertEquals(code, 2, stderr);
      assertStringIncludes(stderr, words);
      assertEquals(filesOf(folder), before);
    };
    const whole = await Hold.of(data, "o", "predict");
    await refuses(`${folder}/o is in use by predict`, predict());
    await refuses(`${folder}/o is in use by predict`, predict("--shard", "1/2"));
    await whole.release();

    const second = await Hold.ofLock(data, "o/predictions.parts/2-of-2.json.lock", "predict", "x");
    await refuses("part 2 of 2", predict("--shard", "2/2"));
    assertEquals((await predict("--shard", "1/2")).code, 0);
    await refuses("holds parts of a divided prediction", predict());
    await refuses("in use by predict", run("merge", folder, "o"));
    await second.release();
    assertEquals((await predict("--shard", "2/2")).code, 0);
    const merging = await Hold.of(data, "o", "merge");
    await refuses("in use by merge", run("merge", folder, "o"));
    await refuses("in use by merge", predict("--shard", "2/2"));
    await merging.release();
    assertEquals((await run("merge", folder, "o")).code, 0);
    const left = [...filesOf(`${folder}/o`).keys()].filter((name) => name.includes("lock"));
    assertEquals(left, []);
    assertEquals((await predict()).code, 0);
  }));

Deno.test("evaluations, comparisons and inspections hold their folders, too", () =>
  inTemporaryFolder(async (folder) => {
    writeSmallData(folder, 8);
    for (const name of ["a", "b"]) {
      const args = [...TRAIN, "--epochs", "1", "--name", name];
      assertEquals((await run("train", folder, ...args)).code, 0);
    }
    const data = await DataFolder.open(folder);
    const cases: [lock: string, command: string, ...args: string[]][] = [
      [`runs/b/evaluation/${LOCK_FILE}`, "evaluate", "--resamples", "20"],
      ["runs/.compare.lock", "compare", "a", "b"],
      [`inspect/${LOCK_FILE}`, "inspect"],
      [`phantoms/${LOCK_FILE}`, "phantoms", "--count", "2"],
      [`runs/a/${LOCK_FILE}`, "report", "a"],
    ];
    for (const [lock, command, ...args] of cases) {
      const hold = await Hold.ofLock(data, lock, command, "it");
      const { code, stderr } = await run(command, folder, ...args);
      assertEquals(code, 2, stderr);
      assertStringIncludes(stderr, `is in use by ${command}, process ${Deno.pid}`);
      await hold.release();
      assertEquals((await run(command, folder, ...args)).code, 0);
      assertEquals(await data.exists(lock), false);
    }
  }));
