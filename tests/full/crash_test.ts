import { assert } from "@std/assert";
import {
  assertResumes,
  assertSurvivesRandomKills,
  killAt,
  KILLED_RUN,
  resultOf,
  trainWhole,
} from "../support/kill.ts";
import { run } from "../support/program.ts";
import { filesOf, writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

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

Deno.test("a run killed at any call that changes files, from its first checkpoint on, resumes to the same bytes", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 6);
    const options = ["--epochs", "2", "--save-every", "0.0000001"];
    await trainWhole(data, "whole", options);
    const whole = resultOf(data, "whole");
    let places = 0;
    for (let number = 1;; number++) {
      const name = `killed ${number}`;
      const args = [...KILLED_RUN, ...options, "--name", name];
      const call = await killAt(`${number}@last.safetensors`, data, args);
      if (call === undefined) break;
      await assertResumes(`${number}: ${call}`, data, name, whole, []);
      Deno.removeSync(`${data}/runs/${name}`, { recursive: true });
      places++;
    }
    assert(places > 100, `only ${places} places`);
  }));

Deno.test("a run killed at 50 random moments resumes to the same bytes", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 6);
    await assertSurvivesRandomKills(data, 50);
  }));

/** Copies the files of a run, without folders in it. */
function copyRun(data: string, from: string, to: string): void {
  Deno.mkdirSync(`${data}/runs/${to}`);
  for (const { name, isFile } of Deno.readDirSync(`${data}/runs/${from}`)) {
    if (isFile) Deno.copyFileSync(`${data}/runs/${from}/${name}`, `${data}/runs/${to}/${name}`);
  }
}
