import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { profileTable } from "../../lib/cli/commands/profile.ts";
import { flagsOf, profile } from "../support/program.ts";

Deno.test("the task profile holds no permission", () => {
  assertEquals(flagsOf("profile", "DATA"), ["run", "--no-prompt", "--cached-only", "--no-remote"]);
});

Deno.test("profile prints a line for each kind of step", async () => {
  const { code, stdout, stderr } = await profile(
    "--workload",
    "B",
    "--threads",
    "2",
    "--runs",
    "1",
  );
  assertEquals(code, 0, stderr);
  assertStringIncludes(stdout, "B: forward, base 16, 256x256, batch 1");
  assertMatch(stdout, /^peak +[\d.]+ GFLOP\/s/m);
  assertMatch(stdout, /^memory .* activations/m);
  for (const kind of ["conv3x3", "maxpool2", "convtranspose2", "conv1x1", "normalise", "total"]) {
    assertMatch(stdout, new RegExp(`^${kind} +\\d+ +[\\d.]+ +[\\d.]+ %`, "m"));
  }
});

for (
  const [args, reason] of [
    [["--workload", "Z"], "Allowed choices are A, B, C, D, E1, E4"],
    [["--threads", "0"], "--threads is 0; expected a whole number from 1 to 256"],
    [["--threads", "two"], "Expected a number"],
    [["--runs", "0"], "--runs is 0; expected a whole number from 1"],
  ] as const
) {
  Deno.test(`profile refuses ${args.join(" ")}`, async () => {
    const { code, stderr } = await profile(...args);
    assertEquals(code, 2);
    assertStringIncludes(stderr, reason);
  });
}

Deno.test("profileTable() aligns its columns and leaves out rates of steps that are not counted", () => {
  const memory = { persistent: 0, kept: 0, scratch: 0, workspace: 0, arena: 0, total: 0 };
  const kinds = [
    { kind: "conv3x3", calls: 18, ms: 75, flops: 6e9, bytes: 0 },
    { kind: "maxpool2", calls: 4, ms: 25, flops: 0, bytes: 0 },
  ] as const;
  const text = profileTable({ kinds, ms: 100, flops: 6e9, peak: 100e9, memory });
  const lines = text.split("\n");
  assertEquals(new Set(lines.map(({ length }) => length)).size, 1);
  assertMatch(lines[1], /^conv3x3 +18 +75\.00 +75\.0 % +80\.0 +80\.0 %$/);
  assertMatch(lines[2], /^maxpool2 +4 +25\.00 +25\.0 % +- +-$/);
  assertMatch(lines[3], /^total +22 +100\.00 +100\.0 % +60\.0 +60\.0 %$/);
});

Deno.test("profile --help prints its options and the workloads", async () => {
  const { code, stdout, stderr } = await profile("--help");
  assertEquals(code, 0, stderr);
  assertStringIncludes(stdout, "--threads");
  assertStringIncludes(stdout, "E4  training step, base 64, 512x512, batch 4");
});
