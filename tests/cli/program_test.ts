import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { run } from "../support/program.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const COMMANDS = [
  "demo",
  "phantoms",
  "train",
  "predict",
  "evaluate",
  "compare",
  "verify",
  "import",
  "export",
];

Deno.test("every task explains itself with --help", () =>
  inTemporaryFolder(async (data) => {
    for (const command of COMMANDS) {
      const { code, stdout, stderr } = await run(command, data, "--help");
      assertEquals(code, 0, stderr);
      assert(stdout.startsWith(`Usage: deno task ${command} [options]`), stdout);
      assertStringIncludes(stdout, "--data <folder>");
      assertEquals(stderr, "");
    }
  }));
