/**
 * Registers, spills and workgroup memory of every pipeline, without a GPU, see README.md:
 * `deno task lab:gpu` prints them and compares them with the golden file; `--write` writes that.
 *
 * @module
 */
import { ADVICE, compare, readGolden, writeGolden } from "./golden.ts";
import { measureStatistics, missing, type PipelineFigures } from "./statistics.ts";

const lacking = missing();
if (lacking !== undefined) {
  console.error(lacking);
  Deno.exit(2);
}
const folder = Deno.makeTempDirSync();
const found = await measureStatistics(folder)
  .finally(() => Deno.removeSync(folder, { recursive: true }));
console.log(`${found.driver}, ${found.device}, Deno ${found.deno}\n`);
console.log("registers  spills  workgroup bytes  waves  instructions");
for (const pipeline of found.pipelines) console.log(line(pipeline));
if (Deno.args.includes("--write")) {
  writeGolden(found);
  console.log(`\nwrote the golden file: ${found.pipelines.length} pipelines`);
} else {
  const { isExact, findings } = compare(found, readGolden());
  if (!isExact) console.log("\nanother compiler made the golden file: only large changes count");
  console.log(`\n${findings.length} differences from the golden file`);
  for (const finding of findings) console.log(finding);
  if (findings.length > 0) {
    console.log(ADVICE);
    Deno.exit(1);
  }
}

function line(pipeline: PipelineFigures): string {
  const { name, registers, spills, scalarSpills, workgroupBytes, waves, instructions } = pipeline;
  const cells = [
    `${registers}`.padStart(9),
    `${spills + scalarSpills}`.padStart(8),
    `${workgroupBytes}`.padStart(17),
    `${waves}`.padStart(7),
    `${instructions}`.padStart(14),
  ];
  return `${cells.join("")}  ${name}`;
}
