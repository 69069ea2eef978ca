import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { isAvailable, runProgram } from "../interop/programs.ts";
import { assertSameBytes } from "../support/compare.ts";
import { assertResumes, killAt, KILLED_RUN, resultOf, trainWhole } from "../support/kill.ts";
import { run } from "../support/program.ts";
import { filesOf, writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder, temporaryFolder } from "../support/temporary.ts";

Deno.test("a run killed at every call of a save is usable, and resumes to the same bytes", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 6);
    await run("train", data, ...KILLED_RUN, "--epochs", "1", "--name", "first");
    await trainWhole(data, "whole", ["--epochs", "2"]);
    const whole = resultOf(data, "whole");
    const more = ["--epochs", "2"];
    const resumed = new Set<string>();
    const calls: string[] = [];
    // One call ends the manifest and seven write the history; the second epoch's save comes next.
    for (let number = 9;; number++) {
      const name = `killed ${number}`;
      copyRun(data, "first", name);
      const call = await killAt(`${number}@manifest.json`, data, ["--resume", name, ...more]);
      assert(call !== undefined);
      calls.push(call);
      // Folders that are alike, but for times, need not be resumed twice.
      const state = [...filesOf(`${data}/runs/${name}`)]
        .filter(([file]) => !/manifest|timings|png$/.test(file)).map(String).join();
      if (!resumed.has(state)) await assertResumes(call, data, name, whole, more);
      resumed.add(state);
      if (call.startsWith("rename") && call.endsWith("history.csv)")) break;
    }
    for (
      const words of [
        ...["best", "last", "previous"].map((file) => `${file}.safetensors)`),
        "half written",
        "sync",
        "link",
      ]
    ) assert(calls.some((call) => call.includes(words)), `no ${words} among ${calls}`);
    assert(resumed.size >= 8, `${resumed.size} states`);
  }));

Deno.test({
  name: "a full disk is named, the checkpoint stays, and the run goes on when there is room",
  ignore: !canMount(),
  fn: () =>
    inTemporaryFolder(async (folder) => {
      const data = `${folder}/disk`;
      Deno.mkdirSync(data);
      mount(data, "3m");
      try {
        writeSmallData(data, 6);
        // 1.4 MiB for last.safetensors, 0.5 for best.safetensors: a second last.safetensors has no
        // room beside them.
        const options = [
          "--size",
          "32",
          "--base-channels",
          "4",
          "--sample-images",
          "0",
          "--name",
          "a",
        ];
        assertEquals((await run("train", data, ...options, "--epochs", "1")).code, 0);
        const last = Deno.readFileSync(`${data}/runs/a/last.safetensors`);
        const more = ["--resume", "a", "--epochs", "2"];
        const full = await run("train", data, ...more);
        assertEquals(full.code, 2, full.stderr);
        assertStringIncludes(full.stderr, "error: cannot write runs/a/last.safetensors");
        assertStringIncludes(full.stderr, "the disk is full; make room and try again");
        assertEquals(full.stderr.trim().split("\n").length, 1, full.stderr);
        assertSameBytes(
          "last.safetensors",
          Deno.readFileSync(`${data}/runs/a/last.safetensors`),
          last,
        );
        const left = [...filesOf(`${data}/runs/a`).keys()];
        assertEquals(left.filter((name) => name.includes("partial")), []);
        const verified = await run("verify", data, "a");
        assertEquals(verified.code, 0, verified.stdout);
        mount(data, "9m", "remount,");
        assertEquals((await run("train", data, ...more)).code, 0);
      } finally {
        runProgram("umount", [data]);
      }
    }),
});

/** A small disk in memory. */
function mount(path: string, size: string, option = ""): void {
  runProgram("mount", ["-t", "tmpfs", "-o", `${option}size=${size}`, "tmpfs", path]);
}

/** Whether this process may mount disks. */
function canMount(): boolean {
  const probe = temporaryFolder();
  try {
    return isAvailable("mount", "be root, where mounting is allowed", () => {
      mount(probe, "1m");
      runProgram("umount", [probe]);
    });
  } finally {
    Deno.removeSync(probe);
  }
}

/** Copies the files of a run, without folders in it. */
function copyRun(data: string, from: string, to: string): void {
  Deno.mkdirSync(`${data}/runs/${to}`);
  for (const { name, isFile } of Deno.readDirSync(`${data}/runs/${from}`)) {
    if (isFile) Deno.copyFileSync(`${data}/runs/${from}/${name}`, `${data}/runs/${to}/${name}`);
  }
}
