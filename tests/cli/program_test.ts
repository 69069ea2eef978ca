import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { TASK } from "../../lib/cli/words/task.ts";
import { commandGroups } from "../../lib/cli/program.ts";
import { HELP } from "../../lib/cli/options/help_texts.ts";
import { groupOf } from "../../lib/cli/options/groups.ts";
import { CONFIG_FIELDS, SETTINGS_FIELDS } from "../../lib/mod.ts";
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
  "page",
];

Deno.test("every task explains itself with --help", () =>
  inTemporaryFolder(async (data) => {
    for (const command of COMMANDS) {
      const { code, stdout, stderr } = await run(command, data, "--help");
      assertEquals(code, 0, stderr);
      assert(stdout.startsWith(`Usage: ${TASK} ${command} [options]`), stdout);
      assertStringIncludes(stdout, "--data <folder>");
      assertStringIncludes(stdout, `\nExamples:\n  ${TASK} ${command}`);
      assertEquals(stderr, "");
    }
  }));

const ALL = Object.values(commandGroups()).flat();

Deno.test("each command has the summary of its task, and two examples that it takes", () => {
  const { tasks } = JSON.parse(Deno.readTextFileSync("deno.json"));
  assertEquals(Object.keys(HELP).sort(), ALL.map((command) => command.name()).sort());
  for (const command of ALL) {
    const { summary, examples } = HELP[command.name()];
    const { description } = tasks[command.name()];
    assert(description.startsWith(summary), `${description} / ${summary}`);
    for (const example of examples) {
      const words = example.split(" ").filter((word) => word !== "");
      const parsed: string[][] = [];
      const copy = command.exitOverride().action(() => void parsed.push(words)) as typeof command;
      copy.parse(["--data", "x", ...words].slice(command.name() === "profile" ? 2 : 0), {
        from: "user",
      });
      assertEquals(parsed, [words], command.name());
    }
  }
});

Deno.test("the help of train lists its options under headings", () => {
  const names = [...Object.keys(CONFIG_FIELDS), ...Object.keys(SETTINGS_FIELDS)];
  const headings = new Set(names.map((name) => groupOf("train", name)));
  assertEquals([...headings].sort(), [
    "Augmentation options:",
    "Data options:",
    "Machine options:",
    "Network options:",
    "Run options:",
    "Split options:",
    "Training options:",
  ]);
  const options = { lr: "Training", size: "Network", masks: "Data", fold: "Split", data: "Data" };
  for (const [option, heading] of Object.entries(options)) {
    assertEquals(groupOf("train", option), `${heading} options:`);
  }
  assertEquals(groupOf("evaluate", "seed"), undefined);
  assertEquals(groupOf("evaluate", "threads"), "Machine options:");
});
