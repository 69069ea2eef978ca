/**
 * The comparison of registers and spills with the golden file; tests/full measures them.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { compare, goldenText, readGolden } from "../bench/lab/gpu_static/golden.ts";
import type { PipelineFigures, Statistics } from "../bench/lab/gpu_static/statistics.ts";

const PIPELINE: PipelineFigures = {
  name: "conv3x3_winograd convolve x384",
  registers: 144,
  spills: 0,
  scalarSpills: 0,
  scratchBytes: 0,
  workgroupBytes: 26112,
  waves: 6,
  instructions: 2921,
};

const GOLDEN: Statistics = { driver: "Mesa 1", device: "D", deno: "2", pipelines: [PIPELINE] };

function findingsOf(change: Partial<PipelineFigures>, driver = GOLDEN.driver): readonly string[] {
  return compare({ ...GOLDEN, driver, pipelines: [{ ...PIPELINE, ...change }] }, GOLDEN).findings;
}

Deno.test("with the golden file's compiler, any other figure is a finding", () => {
  assertEquals(findingsOf({}), []);
  assertEquals(findingsOf({ registers: 143 }), [`${PIPELINE.name}: registers 143, not 144`]);
  assertEquals(findingsOf({ instructions: 2922 }).length, 1);
  assertEquals(findingsOf({ spills: 1, waves: 5 }).length, 2);
});

Deno.test("with another compiler, only registers, spills and memory that grow much are", () => {
  const other = (change: Partial<PipelineFigures>) => findingsOf(change, "Mesa 2").length;
  assertEquals(compare({ ...GOLDEN, deno: "3" }, GOLDEN), { isExact: false, findings: [] });
  assertEquals(other({ registers: 160, spills: 8, waves: 4, instructions: 9000 }), 0);
  assertEquals(other({ registers: 40, workgroupBytes: 0 }), 0);
  assertEquals(other({ registers: 200 }), 1);
  assertEquals(other({ spills: 9 }), 1);
  assertEquals(other({ workgroupBytes: 32768 }), 1);
});

Deno.test("pipelines that are new or gone are findings", () => {
  assertEquals(findingsOf({ name: "other" }, "Mesa 2"), [
    "other: new",
    `${PIPELINE.name}: no longer there`,
  ]);
});

Deno.test("the golden file is as its writer writes it", () => {
  const golden = readGolden();
  const text = Deno.readTextFileSync("bench/lab/gpu_static/golden.json");
  assertEquals(goldenText(golden) === text, true);
});
