import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { doctorTable } from "../../lib/cli/commands/doctor.ts";
import { gpuAdapter } from "../support/engines.ts";
import { flagsOf, run } from "../support/program.ts";

Deno.test("the task doctor may read the two directories, for --model, and nothing else", () => {
  assertEquals(flagsOf("doctor", "DATA", "OUT"), [
    "run",
    "--no-prompt",
    "--cached-only",
    "--no-remote",
    "--allow-read=DATA,OUT",
  ]);
});

Deno.test("doctor --device cpu examines and times the CPU engine", async () => {
  const { code, stdout, stderr } = await run("doctor", "no-data", "--device", "cpu");
  assertEquals([code, stderr], [0, ""]);
  assertStringIncludes(stdout, "The CPU computes rightly.");
  assertMatch(stdout, /^step +runs +error CPU +verdict +GFLOP\/s CPU$/m);
  assertMatch(stdout, /^conv3x3 +\d+ +\d\.\de-\d+ +right +\d+\.\d$/m);
  assertMatch(stdout, /^normalise +\d+ +0 +right +-$/m);
});

Deno.test({
  name: "doctor --device gpu tells of the adapter and examines it",
  ignore: gpuAdapter === undefined,
  fn: async () => {
    const { code, stdout, stderr } = await run(
      "doctor",
      "no-data",
      "--device",
      "gpu",
      "--no-speed",
    );
    assertEquals([code, stderr], [0, ""]);
    for (const words of ["GPU ", "limits ", "The GPU computes rightly."]) {
      assertStringIncludes(stdout, words);
    }
    assert(!stdout.includes("GFLOP/s"));
  },
});

Deno.test("doctorTable() puts engines beside each other and names what is wrong", () => {
  const finding = { steps: 2, tolerance: 1e-4 };
  const text = doctorTable([
    {
      name: "GPU",
      findings: [
        { ...finding, kind: "conv3x3", error: 0.5, healthy: false },
        { ...finding, kind: "normalise", error: 0, healthy: true },
      ],
      rates: new Map(),
    },
    {
      name: "CPU",
      findings: [
        { ...finding, kind: "conv3x3", error: 2e-7, healthy: true },
        { ...finding, kind: "normalise", error: 0, healthy: true },
      ],
      rates: new Map([["conv3x3", 5e9]]),
    },
  ]);
  const [head, convolution, normalise] = text.split("\n");
  assertMatch(head, /^step +runs +error GPU +verdict +error CPU +verdict +GFLOP\/s CPU$/);
  assertMatch(convolution, /^conv3x3 +2 +5\.0e-1 +WRONG +2\.0e-7 +right +5\.0$/);
  assertMatch(normalise, /^normalise +2 +0 +right +0 +right +-$/);
});
