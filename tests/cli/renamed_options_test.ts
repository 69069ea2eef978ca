import { assertEquals } from "@std/assert";
import { run } from "../support/program.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

/** Options of earlier versions as somebody types them, and what is called in their place. */
const RENAMED: readonly (readonly [command: string, args: readonly string[], words: string])[] = [
  ["train", ["--groups", "a.csv"], "--groups is called --patients now"],
  ["train", ["--groups=a.csv"], "--groups is called --patients now"],
  ["train", ["--group-pattern", "P"], "--group-pattern is called --patient-pattern now"],
  ["train", ["--limit", "3"], "--limit is called --max-images now"],
  ["train", ["--base", "8"], "--base is called --base-channels now"],
  ["train", ["--samples", "2"], "--samples is called --sample-images now"],
  ["train", ["--snapshots", "2"], "--snapshots is called --snapshot-every now"],
  ["train", ["--no-tune"], "--no-tune is called --no-autotune now"],
  [
    "train",
    ["--missing-masks", "refuse"],
    "--missing-masks refuse is called --missing-masks error now",
  ],
  ["evaluate", ["--groups", "a.csv"], "--groups is called --patients now"],
  ["evaluate", ["--group-pattern", "P"], "--group-pattern is called --patient-pattern now"],
  ["evaluate", ["--at", "256"], "--at is called --eval-size now"],
  ["evaluate", ["--against", "b"], "--against is called --baseline now"],
  ["evaluate", ["--no-tune"], "--no-tune is called --no-autotune now"],
  [
    "evaluate",
    ["--missing-masks", "refuse"],
    "--missing-masks refuse is called --missing-masks error now",
  ],
  ["predict", ["--verify", "a.png"], "--verify is called --check-model now"],
  ["predict", ["a.png", "--no-tune"], "--no-tune is called --no-autotune now"],
  [
    "inspect",
    ["--missing-masks", "refuse"],
    "--missing-masks refuse is called --missing-masks error now",
  ],
];

Deno.test("an option of an earlier version is refused by one sentence with its new name", () =>
  inTemporaryFolder(async (data) => {
    for (const [command, args, words] of RENAMED) {
      const { code, stdout, stderr } = await run(command, data, ...args);
      assertEquals([code, stdout, stderr], [2, "", `error: ${words}\n`]);
    }
  }));

Deno.test("an option that the command never had is not called by another's new name", () =>
  inTemporaryFolder(async (data) => {
    const { code, stderr } = await run("predict", data, "a.png", "--limit", "3");
    assertEquals([code, stderr.split("\n")[0]], [2, "error: unknown option '--limit'"]);
  }));
