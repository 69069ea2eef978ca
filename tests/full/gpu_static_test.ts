/**
 * Registers, spills and workgroup memory of the tutorial network's pipelines are those of the
 * golden file, by Mesa's compiler for a GPU of AMD that is not there (bench/lab/gpu_static).
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { ADVICE, compare, readGolden } from "../../bench/lab/gpu_static/golden.ts";
import { measureStatistics, missing } from "../../bench/lab/gpu_static/statistics.ts";
import { isAvailable } from "../interop/programs.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

Deno.test({
  name: "no pipeline takes more registers, or spills more, than the golden file says",
  ignore: !isAvailable("RADV", "see bench/lab/gpu_static/README.md", () => {
    const lacking = missing();
    if (lacking !== undefined) throw new Error(lacking);
  }),
  fn: async () => {
    const found = await inTemporaryFolder((folder) => measureStatistics(folder));
    const golden = readGolden();
    const { isExact, findings } = compare(found, golden);
    if (!isExact) {
      console.warn(
        `warning: ${found.driver} and Deno ${found.deno} compiled the pipelines, not ` +
          `${golden.driver} and Deno ${golden.deno} as for the golden file: ` +
          "only large changes are noticed",
      );
    }
    assertEquals(findings, [], ADVICE);
  },
});
